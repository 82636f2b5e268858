"""
From a file to blocks of samples, with FFmpeg's decoders in the process.

The file is hostile: the demuxer is pinned from magic bytes, nothing else
can be opened through it, only sound codecs on a list are decoded, and
decoding stops at a given length whatever the file declares.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from recordings.audio import containers
from recordings.audio.refusals import DecodeError, RefusalCode

Block = NDArray[np.float32]  # [channels, samples], full scale is ±1

MIN_RATE_HZ = 8_000  # AMR narrow band, the least a telephone gives
MAX_RATE_HZ = 192_000  # the most a studio interface gives
MAX_CHANNELS = 2

MOST_SAMPLE = 16.0  # 24 dB over full scale: float files and damaged frames go beyond it, sound does not

# A phone loses a frame now and then and the ear does not mind; more is damage.
MAX_BROKEN_PACKETS = 10
MAX_BROKEN_SHARE = 0.02

LOSSY_CODECS = frozenset({"aac", "mp3", "mp3float", "amrnb", "amrwb", "opus", "vorbis"})
LOSSLESS_CODECS = frozenset({"flac", "alac", "adpcm_ima_wav", "adpcm_ms"})

# FFmpeg asks for as much as a header says; Python would set gigabytes aside before it looks at the file.
MOST_BYTES_A_READ = 256 * 1024

WAV_SLACK_S = 0.25  # a recorder that stopped on the way forgets the last buffer, not more

# These carry no length of their own; FFmpeg estimates one from the bit rate, wrong by six times for AMR with DTX.
CONTAINERS_WITHOUT_DURATION = frozenset({"aac", "amr"})


@dataclass(frozen=True, kw_only=True)
class Source:
    """What the file says of itself, after the decoder was opened."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    declared_duration_ms: int | None

    @property
    def is_lossless(self) -> bool:
        return is_lossless(self.codec)


def is_lossless(codec: str) -> bool:
    """Say whether the samples come out as they went in (PCM and its lossless packings)."""
    return codec.startswith("pcm_") or codec in LOSSLESS_CODECS


@contextmanager
def open_audio(path: Path) -> Iterator["AudioFile"]:
    """
    Open a sound file for the length of the with block.

    Raise DecodeError with `empty`, `not_audio`, `no_sound_track`,
    `unsupported_codec`, `bad_format` or `unplayable`.
    """
    with path.open("rb") as file:
        container_name = containers.find_container(file)
        if container_name == "wav":
            _check_wav(file)
        # What an MP3 without a frame count declares is a guess from its bit rate.
        declares = container_name not in CONTAINERS_WITHOUT_DURATION
        declares = declares and (container_name != "mp3" or containers.has_frame_count(file))
        with _open_container(file, demuxer=containers.DEMUXERS[container_name]) as container:
            yield _describe(container, name=container_name, declares_duration=declares)


class AudioFile:
    """An opened sound file: `source` tells its format, `blocks` gives its samples, once."""

    def __init__(
        self, container: InputContainer, *, stream: AudioStream, decoder: AudioCodecContext, source: Source
    ) -> None:
        self.source = source
        self.broken_packet_count = 0
        self._container = container
        self._stream = stream
        self._decoder = decoder

    def blocks(self, *, max_duration_s: float) -> Iterator[Block]:
        """
        Yield the sound as blocks of exactly one second, the last one shorter.

        Raise DecodeError: `too_long` once more than `max_duration_s` and a
        second were decoded, `unplayable` when too many packets are broken,
        `empty` when the file holds no sample.
        """
        rate = self.source.sample_rate_hz
        most = int((max_duration_s + 1) * rate)
        total = 0
        waiting: list[Block] = []
        waiting_samples = 0
        for piece in self._pieces():
            total += piece.shape[1]
            if total > most:
                raise DecodeError(RefusalCode.TOO_LONG, f"more than {max_duration_s} s")
            waiting.append(piece)
            waiting_samples += piece.shape[1]
            if waiting_samples >= rate:
                joined = np.concatenate(waiting, axis=1)
                whole = waiting_samples // rate
                for second in range(whole):
                    yield joined[:, second * rate : (second + 1) * rate]
                waiting = [joined[:, whole * rate :]]
                waiting_samples -= whole * rate
        if not total:
            raise DecodeError(RefusalCode.EMPTY, "no samples")
        if waiting_samples:
            yield np.concatenate(waiting, axis=1)

    def _pieces(self) -> Iterator[Block]:
        packet_count = 0
        try:
            for packet in self._container.demux(self._stream):
                packet_count += 1
                try:
                    frames = self._decoder.decode(packet)
                except av.FFmpegError as error:
                    self.broken_packet_count += 1
                    if self.broken_packet_count > max(MAX_BROKEN_PACKETS, MAX_BROKEN_SHARE * packet_count):
                        raise DecodeError(RefusalCode.UNPLAYABLE, "too many broken packets") from error
                    continue
                for frame in frames:
                    yield self._as_block(frame)
        except (av.FFmpegError, OverflowError) as error:
            raise DecodeError(RefusalCode.UNPLAYABLE, type(error).__name__) from error

    def _as_block(self, frame: AudioFrame) -> Block:
        source = self.source
        if frame.sample_rate != source.sample_rate_hz or len(frame.layout.channels) != source.channels:
            raise DecodeError(RefusalCode.BAD_FORMAT, "the format changes in the middle")
        try:
            samples = frame.to_ndarray()
        except ValueError as error:  # 64-bit integers: FFmpeg decodes them, and nothing else reads them
            raise DecodeError(RefusalCode.UNSUPPORTED_CODEC, frame.format.name) from error
        if not frame.format.is_planar:
            samples = samples.reshape(-1, source.channels).T
        return _as_float(samples)


class ModestFile:
    """A file for FFmpeg that gives no more than MOST_BYTES_A_READ at a time, whatever is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, MOST_BYTES_A_READ))


def _check_wav(file: BinaryIO) -> None:
    """Refuse what FFmpeg mends silently: a WAV that is shorter than its header says, or has no rate."""
    header = containers.read_wav_header(file)
    if header.sample_rate_hz == 0:
        raise DecodeError(RefusalCode.BAD_FORMAT, "0 Hz")
    if header.missing_bytes > header.bytes_a_second * WAV_SLACK_S:
        raise DecodeError(RefusalCode.TRUNCATED, f"{header.missing_bytes} bytes are missing")


def _open_container(file: BinaryIO, *, demuxer: str) -> InputContainer:
    try:
        # The list of protocols names none that exists: whatever a file refers to, nothing else is opened.
        return av.open(
            ModestFile(file),
            mode="r",
            format=demuxer,
            metadata_errors="ignore",
            container_options={"protocol_whitelist": "none", "format_whitelist": demuxer},
        )
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise DecodeError(RefusalCode.UNPLAYABLE, type(error).__name__) from error


def _describe(container: InputContainer, *, name: str, declares_duration: bool) -> AudioFile:
    """Choose the sound track, open its decoder and check that its format is one of this world."""
    stream = _choose_stream(container)
    codec = stream.codec_context.name
    decoder = _open_decoder(stream.codec_context)
    rate_hz, channels = decoder.sample_rate, decoder.channels
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise DecodeError(RefusalCode.BAD_FORMAT, f"{rate_hz} Hz")
    if not 1 <= channels <= MAX_CHANNELS:
        raise DecodeError(RefusalCode.BAD_FORMAT, f"{channels} channels")
    duration_us = container.duration if declares_duration else None
    source = Source(
        container=name,
        codec="mp3" if codec == "mp3float" else codec,
        sample_rate_hz=rate_hz,
        channels=channels,
        declared_duration_ms=round(duration_us / 1000) if duration_us and duration_us > 0 else None,
    )
    return AudioFile(container, stream=stream, decoder=decoder, source=source)


def _choose_stream(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise DecodeError(RefusalCode.NO_SOUND_TRACK)
    for stream in container.streams.audio:
        name = stream.codec_context.name if stream.codec_context else ""
        if name in LOSSY_CODECS or is_lossless(name):
            return stream
    raise DecodeError(RefusalCode.UNSUPPORTED_CODEC)


def _open_decoder(context: AudioCodecContext) -> AudioCodecContext:
    """
    Return the decoder for the stream, on one thread.

    FFmpeg's own AMR decoder stops at silence descriptors (DTX), which
    every telephone writes; opencore's decodes them.
    """
    context.thread_count = 1
    if context.name != "amrnb" or "libopencore_amrnb" not in av.codecs_available:
        return context
    decoder = av.CodecContext.create("libopencore_amrnb", "r")
    decoder.sample_rate = context.sample_rate
    decoder.layout = "mono"
    return decoder


def _as_float(samples: NDArray) -> Block:
    """Return the samples as float32 with full scale at ±1."""
    floats: Block = samples.astype(np.float32, copy=False)
    if samples.dtype.kind == "f":
        return _tame(floats)
    half = np.float32(2 ** (8 * samples.dtype.itemsize - 1))
    return (floats - half) / half if samples.dtype.kind == "u" else floats / half


def _tame(floats: Block) -> Block:
    """Return float samples as they are, unless they are not numbers (then silence) or absurd (then the most)."""
    if not floats.size or -MOST_SAMPLE <= floats.min() <= floats.max() <= MOST_SAMPLE:
        return floats
    return np.clip(np.nan_to_num(floats), -MOST_SAMPLE, MOST_SAMPLE)
