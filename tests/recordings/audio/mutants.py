"""
Hostile media files, made from the project's own short seeds.

`make_mutants` damages the twelve formats in every way that a seeded generator
knows; `make_crafted` builds the files that somebody means ill with. The same
arguments give the same bytes.
"""

import io
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from recordings.audio.encode import ENCODINGS, write_audio
from tests.recordings.audio.makers import make_playlists, make_wav_bytes, make_zip_bytes, talk

SEED_SECONDS = 1.5
HEADER = 400  # bytes in which formats say what they are

Damage = Callable[[bytes, np.random.Generator], bytes]


class Hostile(NamedTuple):
    """A file and what it is called in a failing test."""

    name: str
    content: bytes


@cache
def seed_bytes(encoding: str, seconds: float = SEED_SECONDS) -> bytes:
    """Return a short, whole file of this format."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"seed{ENCODINGS[encoding].suffix}"
        write_audio(path, talk(seconds).mix(), sample_rate_hz=16_000, encoding=encoding)
        return path.read_bytes()


# --- damage ---


def _cut(content: bytes, random: np.random.Generator) -> bytes:
    return content[: int(random.integers(1, len(content)))]


def _cut_in_header(content: bytes, random: np.random.Generator) -> bytes:
    return content[: int(random.integers(1, min(HEADER, len(content))))]


def _flip(content: bytes, random: np.random.Generator, *, upto: int | None = None) -> bytes:
    damaged = np.frombuffer(content, dtype=np.uint8).copy()
    size = min(upto or len(damaged), len(damaged))
    count = max(1, int(size * 10 ** random.uniform(-3.5, -1)))
    damaged[random.integers(0, size, count)] ^= random.integers(1, 256, count).astype(np.uint8)
    return damaged.tobytes()


def _flip_in_header(content: bytes, random: np.random.Generator) -> bytes:
    start = 4 if random.random() < 0.8 else 0  # most keep their first magic bytes
    return content[:start] + _flip(content[start:], random, upto=HEADER)


def _set_field(content: bytes, random: np.random.Generator) -> bytes:
    """Write an absurd number of 2, 4 or 8 bytes where formats keep rates, channels, counts and sizes."""
    at = int(random.integers(4, min(2 * HEADER, len(content) - 8)))
    width = int(random.choice([2, 4, 8]))
    absurd = (0, 1, 2**7, 2**15 - 1, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
    value = absurd[int(random.integers(len(absurd)))] % 2 ** (8 * width)
    order = "little" if random.random() < 0.5 else "big"
    return content[:at] + value.to_bytes(width, order) + content[at + width :]


def _fill(content: bytes, random: np.random.Generator) -> bytes:
    start = int(random.integers(0, len(content)))
    length = int(random.integers(1, max(2, len(content) // 2)))
    return content[:start] + bytes([int(random.choice([0, 255, 0x41]))]) * length + content[start + length :]


def _repeat(content: bytes, random: np.random.Generator) -> bytes:
    """Say a piece of the file many times over, so that what it announces comes again and again."""
    start = int(random.integers(0, len(content)))
    piece = content[start : start + int(random.integers(1, HEADER))]
    return content[:start] + piece * int(random.integers(2, 300)) + content[start:]


def _drop(content: bytes, random: np.random.Generator) -> bytes:
    start = int(random.integers(0, len(content)))
    return content[:start] + content[start + int(random.integers(1, HEADER)) :]


def _splice(content: bytes, random: np.random.Generator) -> bytes:
    """Put the head of this format before the body of another."""
    other = seed_bytes(str(random.choice(sorted(ENCODINGS))))
    head = int(random.integers(4, HEADER))
    return content[:head] + other[int(random.integers(0, len(other))) :]


def _shuffle(content: bytes, random: np.random.Generator) -> bytes:
    pieces = [content[start : start + 97] for start in range(0, len(content), 97)]
    return content[:97] + b"".join(pieces[place] for place in random.permutation(len(pieces)))


def _insert_noise(content: bytes, random: np.random.Generator) -> bytes:
    start = int(random.integers(0, len(content)))
    return content[:start] + random.bytes(int(random.integers(1, 5_000))) + content[start:]


DAMAGES: dict[str, Damage] = {
    "cut": _cut,
    "cut in its header": _cut_in_header,
    "flipped": _flip,
    "flipped in its header": _flip_in_header,
    "absurd field": _set_field,
    "filled": _fill,
    "repeated": _repeat,
    "dropped": _drop,
    "spliced": _splice,
    "shuffled": _shuffle,
    "with noise in it": _insert_noise,
}


def make_mutants(*, each: int) -> Iterator[Hostile]:
    """Yield `each` files of every format and every damage: 132 for each 1."""
    for encoding in ENCODINGS:
        for kind, damage in DAMAGES.items():
            for number in range(each):
                random = np.random.default_rng(zlib.crc32(f"{encoding} {kind} {number}".encode()))
                yield Hostile(f"{encoding} {kind} {number}", damage(seed_bytes(encoding), random))


# --- files made with ill intent ---


def make_crafted(*, secret: Path, url: str) -> Iterator[Hostile]:
    """Yield files that want another file (`secret`), an address (`url`), endless work or endless memory."""
    for group in (_playlists(secret, url), _references(secret, url), _bombs(), _shams(), _wavs()):
        for name, content in group:
            yield Hostile(name, content)


def _playlists(secret: Path, url: str) -> Iterator[tuple[str, bytes]]:
    yield from make_playlists(secret).items()
    for target in (url, f"{url}/a.m4a", f"file://{secret}", f"concat:{secret}|{secret}", secret.name):
        yield f"hls of {target}", f"#EXTM3U\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n".encode()
        yield f"hls key {target}", f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n'.encode()
        yield f"ffconcat of {target}", f"ffconcat version 1.0\nfile '{target}'\n".encode()
        yield f"dash of {target}", f"<MPD><BaseURL>{target}</BaseURL></MPD>".encode()
        yield f"m3u of {target}", f"{target}\n".encode()
        yield f"pls of {target}", f"[playlist]\nFile1={target}\n".encode()
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n"
    yield "sdp", sdp.format(port=url.rsplit(":", 1)[-1]).encode()
    yield "smil", f'<smil><body><audio src="{url}"/></body></smil>'.encode()
    yield "asx", f'<asx version="3"><entry><ref href="{url}"/></entry></asx>'.encode()
    yield "redirect", f"[Reference]\nRef1={url}\n".encode()
    yield "rtsp text", f"RTSPtext{url}".encode()
    for magic in (b"OggS", b"fLaC", b"#!AMR\n", b"\x1a\x45\xdf\xa3", b"RIFF\xff\xff\xff\xffWAVE"):
        yield f"hls behind {magic!r}", magic + f"\n#EXTM3U\n#EXTINF:10,\n{secret}\n".encode()


def _references(secret: Path, url: str) -> Iterator[tuple[str, bytes]]:
    """Yield containers that name another file as the place of their samples or as an attachment."""
    seed = seed_bytes("m4a")
    self_contained = b"\x00\x00\x00\x0curl \x00\x00\x00\x01"
    for target in (str(secret), f"file://{secret}", url, secret.name):
        named = target.encode() + b"\0"
        entry = struct.pack(">I4sI", 12 + len(named), b"url ", 0) + named
        yield f"mov url {target}", _replace_in_boxes(seed, self_contained, entry)
        alias = _alias(secret if target == str(secret) else Path(target))
        yield f"mov alias {target}", _replace_in_boxes(seed, self_contained, alias)
        attachment = _ebml(
            0x1941A469, _ebml(0x61A7, _ebml(0x466E, target.encode()) + _ebml(0x465C, target.encode()))
        )
        mkv = seed_bytes("webm")
        at = mkv.index(b"\x15\x49\xa9\x66")  # Info, the first part of the segment that every file has
        yield f"matroska attachment {target}", mkv[:at] + attachment + mkv[at:]
        link = _ebml(0x1549A966, _ebml(0x3EB923, b"0" * 16) + _ebml(0x3E83BB, target.encode()))
        yield f"matroska link {target}", mkv[:at] + link + mkv[at:]
    comment = b"METADATA_BLOCK_PICTURE=" + f"--> {secret}".encode()
    block = struct.pack("<I", 0) + struct.pack("<II", 1, len(comment)) + comment
    flac = seed_bytes("flac")
    yield (
        "flac picture by address",
        flac[:42] + bytes([4]) + len(block).to_bytes(3, "big") + block + flac[42:],
    )
    apic = b"\0-->\0\x03\0" + str(secret).encode()
    yield "id3 picture by address", _id3(b"APIC", apic) + seed_bytes("mp3")


def _alias(target: Path) -> bytes:
    """Return an alias record as QuickTime writes it, with the whole path in its tail."""
    name = str(target).encode()
    body = bytes(4) + struct.pack(">HH", 150 + len(name) + 8, 2) + bytes(142)
    body += struct.pack(">HH", 18, len(name)) + name + b"\0" * (len(name) % 2) + struct.pack(">H", 0xFFFF)
    return struct.pack(">I4sI", 12 + len(body), b"alis", 0) + body


def _replace_in_boxes(content: bytes, old: bytes, new: bytes) -> bytes:
    """Exchange a box and make the boxes around it larger by the difference."""
    at, grown = content.index(old), len(new) - len(old)
    result = bytearray(content[:at] + new + content[at + len(old) :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = content.index(name) - 4
        size = int.from_bytes(content[place : place + 4], "big")
        result[place : place + 4] = (size + grown).to_bytes(4, "big")
    return bytes(result)


def _ebml(identifier: int, content: bytes) -> bytes:
    head = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return head + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _id3(frame: bytes, content: bytes, *, size: int | None = None) -> bytes:
    body = frame + struct.pack(">IH", len(content), 0) + content
    said = len(body) if size is None else size
    return b"ID3\x03\x00\x00" + bytes((said >> shift) & 0x7F for shift in (21, 14, 7, 0)) + body


def _bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files that ask for much work or memory."""
    nested = b""
    for _ in range(2_000):
        nested = struct.pack(">I4s", 8 + len(nested), b"moov") + nested
    head = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42"
    yield "nested boxes", head + nested
    yield "boxes without end", head + struct.pack(">I4s", 0, b"moov") * 5_000
    yield "boxes of one byte", head + struct.pack(">I4s", 1, b"moov") * 5_000
    for count in (2**20, 2**28, 2**31 - 1, 2**32 - 1):
        for table in (b"stsz", b"stts", b"stsc", b"stco", b"stsd", b"dref", b"elst"):
            yield f"{table.decode()} of {count}", _set_count(seed_bytes("m4a"), table, count)
    yield "nested ebml", b"\x1a\x45\xdf\xa3" + b"\x01\xff\xff\xff\xff\xff\xff\xff" * 5_000
    yield "ebml of 2^56 bytes", b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 7 + bytes(100)
    cluster = _ebml(0x1F43B675, _ebml(0xE7, b"\0") + _ebml(0xA3, b"\x81\0\0\x06\xff" + b"\xff" * 2_000))
    mkv = seed_bytes("webm")
    yield "matroska lacing of 256", mkv + cluster
    at = mkv.index(b"\x1f\x43\xb6\x75")
    yield "matroska lacing first", mkv[:at] + cluster * 50 + mkv[at:]
    page = b"OggS\0\0" + bytes(8) + b"\1\0\0\0" + bytes(4) + bytes(4) + b"\xff" + b"\0" * 255
    yield "ogg pages of nothing", page * 2_000
    yield "ogg that goes on", (b"OggS\0\1" + bytes(20) + b"\xff" + b"\xff" * 255 + bytes(65_025)) * 3
    yield "ogg begins again", seed_bytes("opus") * 40
    yield "ogg of two minds", seed_bytes("opus") + seed_bytes("ogg") + seed_bytes("opus")
    yield "id3 of 256 MB", _id3(b"TIT2", b"\0x", size=2**28 - 1) + seed_bytes("mp3")
    yield "id3 in id3", _id3(b"TIT2", b"\0x") * 3_000 + seed_bytes("mp3")
    packed = zlib.compress(bytes(20_000_000), 9)
    yield "id3 packed frame", _id3(b"APIC", struct.pack(">I", 20_000_000) + packed) + seed_bytes("mp3")
    yield "flac of ten hours", make_silent_flac(hours=10)
    yield "flac that says 2^36 samples", _set_bytes(seed_bytes("flac"), 21, b"\x0f\xff\xff\xff\xff")
    yield "amr of ten hours", b"#!AMR\n" + b"\x7c" * (50 * 36_000)
    yield "mp3 of one frame, over and over", seed_bytes("mp3")[-400:] * 2_000
    yield "aac, over and over", seed_bytes("aac") * 600
    yield "opus that skips all", _set_bytes(seed_bytes("opus"), 28 + 10, b"\xff\xff")
    yield "zip of nothing", make_zip_bytes()


@cache
def make_silent_flac(*, hours: int) -> bytes:
    """Return silence whose frames are some ten bytes each: a second of sound costs a hundred bytes."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "silence.flac"
        write_audio(path, np.zeros((1, 8_000 * 60), dtype=np.float32), sample_rate_hz=8_000, encoding="flac")
        content = path.read_bytes()
    start = next(at for at in range(42, len(content)) if content[at : at + 2] in {b"\xff\xf8", b"\xff\xf9"})
    return content[:start] + content[start:] * (60 * hours)


def _set_count(content: bytes, table: bytes, count: int) -> bytes:
    """Let a table of an MP4 say that it has so many rows."""
    at = content.find(table)
    if at < 0:
        at = content.index(b"stsz")
    skip = 12 if table == b"stsz" else 8
    return _set_bytes(content, at + skip, struct.pack(">I", count))


def _set_bytes(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def _shams() -> Iterator[tuple[str, bytes]]:
    """Yield what is no sound at all, or has none in it."""
    yield "nothing", b""
    yield "one byte", b"\0"
    yield "zeros", bytes(100_000)
    yield "letters", b"Dear reviewers, let me in.\n" * 500
    yield "noise", np.random.default_rng(5).bytes(60_000)
    yield "picture", b"\x89PNG\r\n\x1a\n" + bytes(500)
    for magic in (
        b"OggS",
        b"fLaC",
        b"#!AMR\n",
        b"#!AMR-WB\n",
        b"\x1a\x45\xdf\xa3",
        b"ID3\x04\0\0\0\0\0\0",
        b"\xff\xf1",
    ):
        yield f"only {magic!r}", magic
        yield f"noise behind {magic!r}", magic + np.random.default_rng(6).bytes(20_000)
    yield "cover only", _id3(b"APIC", b"\0image/png\0\x03\0" + b"\x89PNG\r\n\x1a\n" + bytes(5_000))
    yield "amr of bad frames", b"#!AMR\n" + b"\xff" * 5_000
    for muxer in ("mp4", "matroska", "mov"):
        yield f"video only, {muxer}", make_video(muxer)


@cache
def make_video(muxer: str) -> bytes:
    """Return half a second of pictures without sound."""
    target = io.BytesIO()
    with av.open(target, "w", format=muxer) as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for shade in range(5):
            picture = np.full((64, 64, 3), shade * 50, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return target.getvalue()


def _wavs() -> Iterator[tuple[str, bytes]]:
    for rate in (0, 1, 7_999, 8_000, 192_000, 192_001, 2**31 - 1, 2**31, 2**32 - 1):
        yield f"wav of {rate} Hz", make_wav_bytes(rate=rate)
    for channels in (0, 1, 2, 3, 255, 32_767, 65_535):
        yield f"wav of {channels} channels", make_wav_bytes(channels=channels)
    for bits in (0, 1, 7, 8, 24, 32, 64, 65_535):
        yield f"wav of {bits} bits", make_wav_bytes(bits=bits)
    for size in (0, 1, 2**31 - 1, 2**32 - 2, 2**32 - 1):
        yield f"wav that says {size} bytes", make_wav_bytes(size=size)
    for form in (0, 2, 3, 6, 7, 17, 49, 85, 0x2000, 0xFFFE, 0xFFFF):
        yield f"wav of format {form}", _set_bytes(make_wav_bytes(), 20, struct.pack("<H", form))
    yield "wav of chunks without end", make_wav_bytes()[:12] + (b"LIST" + bytes(4)) * 20_000
    yield "wav of a chunk of 4 GB", make_wav_bytes()[:12] + b"LIST\xff\xff\xff\xff" + make_wav_bytes()[12:]
    yield "rf64", b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 2**63, 2**63, 2**63, 2**31)
    yield "wav in wav", make_wav_bytes(data=make_wav_bytes() * 3)
