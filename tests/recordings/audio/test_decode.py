from contextlib import suppress

import numpy as np
import pytest

from recordings.audio.decode import MOST_BYTES_A_READ, ModestFile, Source, open_audio
from recordings.audio.encode import ENCODINGS
from recordings.audio.refusals import DecodeError, RefusalCode
from tests.recordings.audio.makers import (
    find_labelled,
    flip_bytes,
    make_file,
    make_playlists,
    make_ten_hours,
    make_wav_bytes,
    talk,
)

LOSSLESS = {"wav", "wav24", "flac"}
SOURCES = {  # codec, rate, channels, has a declared length
    "wav": ("pcm_s16le", 16_000, 1, True),
    "wav24": ("pcm_s24le", 16_000, 1, True),
    "flac": ("flac", 16_000, 1, True),
    "m4a": ("aac", 16_000, 1, True),
    "mp4": ("aac", 16_000, 1, True),
    "aac": ("aac", 16_000, 1, False),
    "mp3": ("mp3", 16_000, 1, True),
    "webm": ("opus", 48_000, 1, False),
    "opus": ("opus", 48_000, 1, True),
    "ogg": ("vorbis", 16_000, 2, True),
    "amr": ("amrnb", 8_000, 1, False),
    "3gp": ("amrnb", 8_000, 1, True),
}


def decode(path, *, max_duration_s=185.0):
    with open_audio(path) as audio:
        blocks = list(audio.blocks(max_duration_s=max_duration_s))
        return audio, blocks


def refuse(path, *, max_duration_s=185.0):
    with pytest.raises(DecodeError) as refusal:
        decode(path, max_duration_s=max_duration_s)
    return refusal.value


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_decode_reads_every_format_of_phones_and_browsers(tmp_path, encoding):
    audio, blocks = decode(make_file(tmp_path, encoding=encoding))
    source, sound = audio.source, np.concatenate(blocks, axis=1)
    codec, rate_hz, channels, is_declared = SOURCES[encoding]
    assert (source.codec, source.sample_rate_hz, source.channels) == (codec, rate_hz, channels)
    assert (source.declared_duration_ms is not None) == is_declared
    assert source.is_lossless == (encoding in LOSSLESS)
    assert audio.broken_packet_count == 0
    assert sound.dtype == np.float32
    assert sound.shape[1] / rate_hz == pytest.approx(4.0, abs=0.15)
    true_rms = np.sqrt(np.mean(talk().mix() ** 2))
    assert 20 * np.log10(np.sqrt(np.mean(sound**2)) / true_rms) == pytest.approx(0, abs=1.0)


@pytest.mark.parametrize("encoding", sorted(LOSSLESS))
def test_decode_gives_lossless_samples_back(tmp_path, encoding):
    _, blocks = decode(make_file(tmp_path, encoding=encoding))
    assert np.abs(np.concatenate(blocks, axis=1) - talk().mix()).max() < 1 / 32_000


def test_decode_keeps_two_channels_apart(tmp_path):
    audio, blocks = decode(make_file(tmp_path, signal=talk().voices))
    assert audio.source.channels == 2
    assert np.abs(np.concatenate(blocks, axis=1) - talk().voices).max() < 1 / 32_000


def test_decode_gives_blocks_of_one_second(tmp_path):
    _, blocks = decode(make_file(tmp_path, encoding="mp3", signal=talk().mix()[:, :40_000]))
    assert [block.shape for block in blocks] == [(1, 16_000), (1, 16_000), (1, 8_000)]


def test_decode_takes_eight_bits_and_a_float_that_is_not_a_number(tmp_path):
    path = tmp_path / "low.wav"
    path.write_bytes(make_wav_bytes(bits=8, data=bytes([0, 128, 255] * 400)))
    _, blocks = decode(path)
    assert blocks[0][0, :3].tolist() == [-1.0, 0.0, 127 / 128]
    content = make_wav_bytes(bits=32, data=np.array([np.nan, np.inf, 0.5, -1e38] * 300, "<f4").tobytes())
    path.write_bytes(content.replace(b"\x10\x00\x00\x00\x01\x00", b"\x10\x00\x00\x00\x03\x00"))
    _, blocks = decode(path)
    assert blocks[0][0, :4].tolist() == [0.0, 16.0, 0.5, -16.0]


def test_decode_reads_the_labelled_recordings_or_our_own(tmp_path):
    paths = find_labelled("codec/sample*") or [make_file(tmp_path, signal=talk(30.0).mix())]
    for path in paths:
        audio, blocks = decode(path)
        seconds = sum(block.shape[1] for block in blocks) / audio.source.sample_rate_hz
        assert seconds == pytest.approx(30.0, abs=0.1), path.name
        assert audio.broken_packet_count == 0, path.name


def test_decode_refuses_the_labelled_broken_files_or_our_own(tmp_path):
    own = make_file(tmp_path, encoding="m4a")
    own.write_bytes(own.read_bytes()[:9_000])
    for path in find_labelled("codec/truncated*", "codec/garbage*") or [own]:
        assert refuse(path).code in {RefusalCode.UNPLAYABLE, RefusalCode.NOT_AUDIO}, path.name


@pytest.mark.parametrize("kind", ["amr", "wav"])
def test_decode_stops_one_second_after_the_longest_allowed(tmp_path, kind):
    with open_audio(make_ten_hours(tmp_path, kind=kind)) as audio:
        blocks = audio.blocks(max_duration_s=185)
        for _ in range(185):
            assert next(blocks).shape == (1, 8_000)
        with pytest.raises(DecodeError) as refusal:
            list(blocks)
    assert refusal.value.code == RefusalCode.TOO_LONG


def test_decode_allows_exactly_the_longest(tmp_path):
    path = make_file(tmp_path)
    assert sum(block.shape[1] for block in decode(path, max_duration_s=3.0)[1]) == 64_000
    assert refuse(path, max_duration_s=2.99).code == RefusalCode.TOO_LONG


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (make_wav_bytes(rate=0), RefusalCode.BAD_FORMAT),
        (make_wav_bytes(rate=7_999), RefusalCode.BAD_FORMAT),
        (make_wav_bytes(rate=192_001), RefusalCode.BAD_FORMAT),
        (make_wav_bytes(rate=0xFFFFFFFF), RefusalCode.UNPLAYABLE),
        (make_wav_bytes(channels=0), RefusalCode.BAD_FORMAT),
        (make_wav_bytes(channels=3), RefusalCode.BAD_FORMAT),
        (make_wav_bytes(channels=60_000, bits=8), RefusalCode.BAD_FORMAT),
        (make_wav_bytes(bits=0), RefusalCode.UNSUPPORTED_CODEC),
        (make_wav_bytes(bits=64), RefusalCode.UNSUPPORTED_CODEC),
        (make_wav_bytes(data=b""), RefusalCode.EMPTY),
        (make_wav_bytes(size=3_200_000), RefusalCode.TRUNCATED),
        (b"#!AMR\n", RefusalCode.EMPTY),
        (b"OggS" + bytes(100), RefusalCode.UNPLAYABLE),
        (b"fLaC" + bytes(100), RefusalCode.UNPLAYABLE),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 100, RefusalCode.UNPLAYABLE),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", RefusalCode.UNPLAYABLE),
        (b"\xff\xfb\x90\x64" + bytes(5_000), RefusalCode.UNPLAYABLE),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(99), RefusalCode.UNPLAYABLE),
    ],
)
def test_decode_refuses_formats_of_no_world(tmp_path, content, code):
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    assert refuse(path).code == code


def test_decode_opens_no_file_that_a_playlist_names(tmp_path):
    target = make_file(tmp_path, encoding="m4a", name="secret.m4a")
    for name, content in make_playlists(target).items():
        path = tmp_path / f"{name}.m4a"
        path.write_bytes(content)
        assert refuse(path).code in {RefusalCode.NOT_AUDIO, RefusalCode.UNPLAYABLE}, name


@pytest.mark.parametrize("encoding", ["m4a", "mp3", "webm", "ogg", "flac", "amr", "wav", "3gp", "aac"])
def test_decode_of_damaged_files_ends_in_sound_or_refusal(tmp_path, encoding):
    content = make_file(tmp_path, encoding=encoding).read_bytes()
    path = tmp_path / "damaged"
    for seed in range(6):
        damaged = flip_bytes(content, seed=seed)
        path.write_bytes(damaged[: len(damaged) // (1 + seed % 3)])
        with suppress(DecodeError):
            _, blocks = decode(path)
            assert all(np.isfinite(block).all() for block in blocks)


def test_is_lossless_tells_the_rule_of_clipping():
    source = Source(
        container="wav", codec="pcm_s24le", sample_rate_hz=48_000, channels=2, declared_duration_ms=None
    )
    assert source.is_lossless


class Asked:
    """A file that notes how much it was asked for."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def read(self, size: int) -> bytes:
        self.sizes.append(size)
        return b""

    seek = tell = None


@pytest.mark.parametrize(
    ("asked", "passed_on"), [(100, 100), (1_500_000_000, MOST_BYTES_A_READ)], ids=["little", "gigabytes"]
)
def test_no_more_is_read_at_once_than_a_decoder_needs(asked, passed_on):
    """A flipped bit in a header made FFmpeg ask for 1.5 GB, which Python reserves before it looks at the file."""
    file = Asked()
    ModestFile(file).read(asked)
    assert file.sizes == [passed_on]
