"""
Which container a file is, by its first bytes and nothing else.

FFmpeg guesses a demuxer from content and name, and its playlist demuxers
(HLS, DASH, ffconcat) open the files a playlist names. So the guess is made
here, from magic bytes, and FFmpeg gets one pinned demuxer.
"""

import os
import struct
from codecs import getincrementaldecoder
from typing import BinaryIO, NamedTuple

from recordings.audio.refusals import DecodeError, RefusalCode

# Our name of the container -> FFmpeg's name of its demuxer.
DEMUXERS = {
    "mp4": "mov",
    "mp3": "mp3",
    "wav": "wav",
    "aac": "aac",
    "amr": "amr",
    "ogg": "ogg",
    "flac": "flac",
    "matroska": "matroska",
}

MOST_WAV_CHUNKS = 100  # a studio's file has ten

_PREFIXES = (
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"#!AMR\n", "amr"),
    (b"#!AMR-WB\n", "amr"),
)

_STRANGERS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"#EXTM3U", "playlist"),
    (b"ffconcat", "playlist"),
    (b"<?xml", "xml"),
    (b"<MPD", "playlist"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
)


def find_container(file: BinaryIO) -> str:
    """
    Return the container's name, a key of DEMUXERS, and rewind the file.

    Raise DecodeError: `empty` without a byte, `not_audio` for anything else
    than the containers of DEMUXERS.
    """
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if not head:
        raise DecodeError(RefusalCode.EMPTY, "no bytes")
    for prefix, container in _PREFIXES:
        if head.startswith(prefix):
            return container
    if head[4:8] == b"ftyp":
        return "mp4"
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return "wav"
    container = _find_raw_frames(file, head)
    if container:
        return container
    raise DecodeError(RefusalCode.NOT_AUDIO, _name_stranger(head))


def has_frame_count(file: BinaryIO) -> bool:
    """Say whether an MP3 carries a Xing, Info or VBRI header, so that its declared length means something."""
    file.seek(0)
    start = _length_of_id3(file.read(10))
    file.seek(start)
    first_frame = file.read(512)
    file.seek(0)
    return any(tag in first_frame for tag in (b"Xing", b"Info", b"VBRI"))


class WavHeader(NamedTuple):
    """What a WAV says of itself. `missing_bytes`: announced samples that are not in the file."""

    sample_rate_hz: int | None
    bytes_a_second: int
    missing_bytes: int


def read_wav_header(file: BinaryIO) -> WavHeader:
    """
    Read the format and the announced size of the samples, and rewind the file.

    Sizes of 0 and of all ones mean "not known yet" to programs that stream; nothing is missing then.
    """
    end = file.seek(0, os.SEEK_END)
    rate_hz, bytes_a_second, missing, at = None, 0, 0, 12
    for _ in range(MOST_WAV_CHUNKS):
        file.seek(at)
        head = file.read(24)
        if len(head) < 8:
            break
        kind, size = struct.unpack_from("<4sI", head)
        if kind == b"fmt " and len(head) >= 20:
            rate_hz, bytes_a_second = struct.unpack_from("<II", head, 12)
        if kind == b"data":
            missing = max(0, at + 8 + size - end) if size not in {0, 0xFFFFFFFF} else 0
            break
        at += 8 + size + size % 2
    file.seek(0)
    return WavHeader(rate_hz, bytes_a_second, missing)


def _find_raw_frames(file: BinaryIO, head: bytes) -> str:
    start = _length_of_id3(head)
    if start:
        file.seek(start)
        head = file.read(4)
        file.seek(0)
    if len(head) < 4 or head[0] != 0xFF:
        return "mp3" if start else ""
    if head[1] & 0xF6 == 0xF0:  # ADTS: twelve sync bits, layer 0
        return "aac"
    if head[1] & 0xE6 == 0xE2:  # MPEG audio: eleven sync bits, layer III
        return "mp3"
    return ""


def _length_of_id3(head: bytes) -> int:
    """Return the bytes of the ID3v2 tag at the start, 0 without one (sizes are four times seven bits)."""
    if len(head) < 10 or not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return size + 10


def _name_stranger(head: bytes) -> str:
    for prefix, name in _STRANGERS:
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(prefix):
            return name
    try:
        text = getincrementaldecoder("utf-8")().decode(head)  # the cut may fall into a letter
    except UnicodeDecodeError:
        return "unknown bytes"
    return "text" if text.isprintable() or "\n" in text else "unknown bytes"
