"""Files that are made for the tests of sound: good ones by the project's own synthesis, and bad ones by hand."""

import io
import struct
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from recordings.audio.encode import ENCODINGS, write_audio
from recordings.audio.synthesis import RATE_HZ, Conversation, make_conversation

LABELLED = Path(__file__).resolve().parents[3].parent / "shared" / "audio"


@cache
def talk(seconds: float = 4.0, seed: int = 7) -> Conversation:
    return make_conversation(seconds=seconds, seed=seed)


def make_file(
    directory: Path,
    *,
    encoding: str = "wav",
    signal=None,
    sample_rate_hz: int = RATE_HZ,
    name: str | None = None,
) -> Path:
    path = directory / (name or f"sound{ENCODINGS[encoding].suffix}")
    sound = talk().mix() if signal is None else signal
    write_audio(path, sound, sample_rate_hz=sample_rate_hz, encoding=encoding)
    return path


def make_wav_bytes(
    *,
    rate: int = 16_000,
    channels: int = 1,
    bits: int = 16,
    data: bytes = bytes(32_000),
    size: int | None = None,
) -> bytes:
    """Return a WAV whose header says exactly what it is told to say."""
    said = len(data) if size is None else size
    frame = channels * bits // 8
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * frame % 2**32, frame % 2**16, bits)
    head = b"RIFF" + struct.pack("<I", (36 + said) % 2**32) + b"WAVEfmt "
    return head + form + b"data" + struct.pack("<I", said) + data


def make_zip_bytes() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("sound.mp3", "no sound")
    return target.getvalue()


def make_playlists(target: Path) -> dict[str, bytes]:
    """Return playlists that name another file of this machine."""
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n".encode(),
        "ffconcat": f"ffconcat version 1.0\nfile '{target}'\n".encode(),
        "ffconcat_after_a_blank": f"\nffconcat version 1.0\nfile {target.name}\n".encode(),
        "dash": f'<?xml version="1.0"?><MPD><BaseURL>{target}</BaseURL></MPD>'.encode(),
        "hls_behind_an_id3_tag": b"ID3\x04\x00\x00\x00\x00\x00\x00" + f"#EXTM3U\n{target}\n".encode(),
    }


def make_ten_hours(directory: Path, *, kind: str) -> Path:
    """Make ten hours that cost nothing to make: AMR frames of one byte each, or a WAV with a hole."""
    path = directory / f"long.{kind}"
    if kind == "amr":
        path.write_bytes(b"#!AMR\n" + b"\x7c" * (50 * 36_000))
        return path
    size = 8_000 * 2 * 36_000
    with path.open("wb") as file:
        file.write(make_wav_bytes(rate=8_000, data=b"", size=size))
        file.truncate(44 + size)
    return path


def find_labelled(*parts: str) -> list[Path]:
    """Return the labelled recordings beside the repository that fit, none where there are none."""
    return sorted(path for part in parts for path in LABELLED.glob(part))


def flip_bytes(content: bytes, *, seed: int, share: float = 0.01) -> bytes:
    random = np.random.default_rng(seed)
    damaged = np.frombuffer(content, dtype=np.uint8).copy()
    places = random.integers(min(64, len(damaged)), len(damaged), size=max(1, int(len(damaged) * share)))
    damaged[places] = random.integers(256, size=len(places))
    return damaged.tobytes()
