"""Writing sound files through FFmpeg: the previews that people hear, and the files of the demo and the tests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from recordings.audio.decode import Block


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """One way to write a file: FFmpeg's muxer and encoder, and what they are told."""

    muxer: str
    codec: str
    suffix: str
    sample_format: str = "fltp"
    bit_rate: int = 0
    rates_hz: tuple[int, ...] = ()  # those the encoder takes, ascending; empty: any
    channels: int = 0  # the one number the encoder takes; 0: mono and stereo
    muxer_options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)


_AAC_FAST = {"aac_coder": "fast"}  # a quarter of the usual cost, and enough for speech
_AAC_RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
# What iOS records in the page: fragments of a second, no length in the header.
_FRAGMENTS = {"movflags": "empty_moov+default_base_moof", "frag_duration": "1000000"}

# The formats that telephones and browsers send.
ENCODINGS = {
    "wav": Encoding(muxer="wav", codec="pcm_s16le", suffix=".wav", sample_format="s16"),
    "wav24": Encoding(muxer="wav", codec="pcm_s24le", suffix=".wav", sample_format="s32"),
    "flac": Encoding(muxer="flac", codec="flac", suffix=".flac", sample_format="s16"),
    "m4a": Encoding(
        muxer="ipod",
        codec="aac",
        suffix=".m4a",
        bit_rate=64_000,
        rates_hz=_AAC_RATES,
        codec_options=_AAC_FAST,
    ),
    "mp4": Encoding(
        muxer="mp4",
        codec="aac",
        suffix=".mp4",
        bit_rate=64_000,
        rates_hz=_AAC_RATES,
        muxer_options=_FRAGMENTS,
        codec_options=_AAC_FAST,
    ),
    "aac": Encoding(
        muxer="adts",
        codec="aac",
        suffix=".aac",
        bit_rate=64_000,
        rates_hz=_AAC_RATES,
        codec_options=_AAC_FAST,
    ),
    "mp3": Encoding(
        muxer="mp3",
        codec="libmp3lame",
        suffix=".mp3",
        bit_rate=64_000,
        rates_hz=(16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    ),
    "webm": Encoding(
        muxer="webm",
        codec="libopus",
        suffix=".webm",
        sample_format="flt",
        bit_rate=32_000,
        rates_hz=(48_000,),
        muxer_options={"live": "1"},  # as MediaRecorder writes it: without a length
    ),
    "opus": Encoding(
        muxer="ogg", codec="libopus", suffix=".opus", sample_format="flt", bit_rate=32_000, rates_hz=(48_000,)
    ),
    "ogg": Encoding(
        muxer="ogg",
        codec="vorbis",
        suffix=".ogg",
        bit_rate=64_000,
        channels=2,
        codec_options={"strict": "experimental"},
    ),
    "amr": Encoding(
        muxer="amr",
        codec="libopencore_amrnb",
        suffix=".amr",
        sample_format="s16",
        bit_rate=12_200,
        rates_hz=(8_000,),
        channels=1,
        codec_options={"dtx": "1"},
    ),
    "3gp": Encoding(
        muxer="3gp",
        codec="libopencore_amrnb",
        suffix=".3gp",
        sample_format="s16",
        bit_rate=12_200,
        rates_hz=(8_000,),
        channels=1,
    ),
}


def write_audio(path: Path, signal: Block, *, sample_rate_hz: int, encoding: str | Encoding) -> None:
    """
    Write the signal, float32 [channels, samples] or [samples], to the path.

    It is resampled to a rate that the encoder takes, and mixed or doubled to
    its number of channels. `encoding` is a key of ENCODINGS or an Encoding.
    """
    form = ENCODINGS[encoding] if isinstance(encoding, str) else encoding
    channels = np.atleast_2d(signal).astype(np.float32, copy=False)
    if form.channels and form.channels != len(channels):
        channels = np.repeat(channels.mean(axis=0, keepdims=True), form.channels, axis=0)
    rate_hz = choose_rate(form, sample_rate_hz)
    if rate_hz != sample_rate_hz:
        channels = np.atleast_2d(soxr.resample(channels.T, sample_rate_hz, rate_hz, quality="HQ").T)
    layout = "mono" if len(channels) == 1 else "stereo"
    with av.open(str(path), "w", format=form.muxer, options=form.muxer_options) as container:
        stream = cast(
            AudioStream,
            container.add_stream(form.codec, rate=rate_hz, options=form.codec_options, layout=layout),
        )
        stream.codec_context.format = av.AudioFormat(form.sample_format)
        if form.bit_rate:
            stream.bit_rate = form.bit_rate
        for frame in _as_frames(channels, rate_hz=rate_hz, form=form):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def choose_rate(form: Encoding, sample_rate_hz: int) -> int:
    """Return the lowest rate the encoder takes that loses nothing, or else its highest."""
    if not form.rates_hz:
        return sample_rate_hz
    return next((rate for rate in form.rates_hz if rate >= sample_rate_hz), form.rates_hz[-1])


def _as_frames(channels: Block, *, rate_hz: int, form: Encoding) -> Iterator[AudioFrame]:
    """Yield the signal as frames of a second."""
    for start in range(0, channels.shape[1], rate_hz):
        frame = AudioFrame.from_ndarray(
            _as_frame(channels[:, start : start + rate_hz], sample_format=form.sample_format),
            format=form.sample_format,
            layout="mono" if len(channels) == 1 else "stereo",
        )
        frame.sample_rate = rate_hz
        frame.pts = start
        yield frame


def _as_frame(channels: Block, *, sample_format: str) -> np.ndarray:
    """Lay the samples out as FFmpeg wants them: planes, or one row of interleaved samples."""
    if sample_format == "fltp":
        return np.ascontiguousarray(channels)
    woven = np.ascontiguousarray(channels.T).reshape(1, -1)
    if sample_format == "flt":
        return woven
    if sample_format == "s16":
        return (np.clip(woven, -1, 1) * 32_767).round().astype(np.int16)
    return (np.clip(woven, -1, 1).astype(np.float64) * (2**31 - 256)).round().astype(np.int32)
