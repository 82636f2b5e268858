import io

import pytest

from recordings.audio.containers import find_container, has_frame_count, read_wav_header
from recordings.audio.encode import ENCODINGS
from recordings.audio.refusals import DecodeError, RefusalCode
from tests.recordings.audio.makers import make_file, make_wav_bytes, make_zip_bytes

CONTAINERS = {
    "wav": "wav",
    "wav24": "wav",
    "flac": "flac",
    "m4a": "mp4",
    "mp4": "mp4",
    "aac": "aac",
    "mp3": "mp3",
    "webm": "matroska",
    "opus": "ogg",
    "ogg": "ogg",
    "amr": "amr",
    "3gp": "mp4",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_find_container_reads_magic_bytes_whatever_the_name(tmp_path, encoding):
    path = make_file(tmp_path, encoding=encoding, name="sound.txt")
    with path.open("rb") as file:
        assert find_container(file) == CONTAINERS[encoding]
        assert file.tell() == 0


@pytest.mark.parametrize(
    ("content", "container"),
    [
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc4", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"\xff\xf9\x50\x80", "aac"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02..\xff\xf1\x50\x80", "aac"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02..\xff\xfb\x90\x64", "mp3"),
        (b"#!AMR-WB\n\x04", "amr"),
        (b"RF64\xff\xff\xff\xffWAVE", "wav"),
    ],
)
def test_find_container_knows_frames_without_a_file_header(content, container):
    assert find_container(io.BytesIO(content)) == container


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"", RefusalCode.EMPTY, "no bytes"),
        (b"\xff", RefusalCode.NOT_AUDIO, "unknown bytes"),
        (b"Dear reviewers, here is my sample.", RefusalCode.NOT_AUDIO, "text"),
        ("我的录音".encode() * 40, RefusalCode.NOT_AUDIO, "text"),
        (make_zip_bytes(), RefusalCode.NOT_AUDIO, "zip"),
        (b"#EXTM3U\n", RefusalCode.NOT_AUDIO, "playlist"),
        (b"\n ffconcat version 1.0", RefusalCode.NOT_AUDIO, "playlist"),
        (b"\xff\xd8\xff\xe0", RefusalCode.NOT_AUDIO, "picture"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", RefusalCode.NOT_AUDIO, "unknown bytes"),
        (bytes(2_000), RefusalCode.NOT_AUDIO, "unknown bytes"),
    ],
)
def test_find_container_refuses_what_is_no_sound(content, code, detail):
    with pytest.raises(DecodeError) as refusal:
        find_container(io.BytesIO(content))
    assert (refusal.value.code, refusal.value.detail) == (code, detail)


def test_has_frame_count_sees_the_info_frame_of_an_mp3(tmp_path):
    content = make_file(tmp_path, encoding="mp3").read_bytes()
    assert has_frame_count(io.BytesIO(content))
    assert not has_frame_count(io.BytesIO(content.replace(b"Info", b"Zero").replace(b"Xing", b"Zero")))


def test_read_wav_header_counts_the_missing_bytes():
    whole = make_wav_bytes(data=bytes(1_000))
    assert read_wav_header(io.BytesIO(whole)) == (16_000, 32_000, 0)
    assert read_wav_header(io.BytesIO(whole[:-100])) == (16_000, 32_000, 100)
    assert read_wav_header(io.BytesIO(make_wav_bytes(size=0xFFFFFFFF))) == (16_000, 32_000, 0)
    assert read_wav_header(io.BytesIO(whole[:20])) == (None, 0, 0)
