"""Everything that is measured of one file, in one pass over its samples."""

import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np

from recordings.audio.decode import Block, Source, open_audio
from recordings.audio.fingerprint import FingerprintMeter, Words
from recordings.audio.levels import ClippingMeter, LevelMeter
from recordings.audio.loudness import LoudnessMeter
from recordings.audio.peaks import PeakMeter
from recordings.audio.preview import PreviewMaker
from recordings.audio.refusals import DecodeError, RefusalCode
from recordings.audio.speech import METHOD, SpeechActivity, find_speech

# Encoders pad their ends by a frame or two; beyond that a file shorter than it says was cut.
TRUNCATED_BELOW = 0.98
TRUNCATED_SLACK_MS = 250
LONG_SILENCE_MS = 5_000
MOST_REGIONS = 200
MOST_FIGURE = 1e10  # no figure of a sound is larger; neither infinity nor NaN is smaller


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the caller allows: seconds of sound, and the columns of the outline it wants."""

    max_duration_s: float
    columns: int = 1_500


@dataclass(frozen=True, kw_only=True)
class Region:
    """A stretch of the sound that a listener should look at: `clipping` or `long_silence`."""

    kind: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """
    The figures of a file. Levels are dBFS (full-scale sine: RMS -3.01), shares 0 to 1.

    `declared_duration_ms` is None where the container has none of its own;
    `loudness_lufs` is None for silence and below 0.4 s. `clipped_share` is
    counted by the rule for `is_lossless` or the other one (levels.ClippingMeter):
    the two are not on one scale.
    """

    container: str
    codec: str
    is_lossless: bool
    sample_rate_hz: int
    channels: int
    duration_ms: int
    declared_duration_ms: int | None
    broken_packet_count: int
    pcm_sha256: str
    peak_dbfs: float
    rms_dbfs: float
    talk_level_dbfs: float
    floor_level_dbfs: float
    loudness_lufs: float | None
    clipped_share: float
    speech_share: float
    speech_method: str
    silence_share: float
    longest_silence_ms: int
    regions: tuple[Region, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, figures: dict[str, Any]) -> Self:
        """Build a report from what `as_dict` gave; raise ValueError when a figure is missing, odd or too many."""
        if set(figures) != {field.name for field in fields(cls)}:
            raise ValueError("not the figures of a report")
        for field in fields(cls):
            if field.name != "regions" and not _is_plausible(figures[field.name], kind=field.type):
                raise ValueError(f"not a {field.type}: {field.name}")
        return cls(**{**figures, "regions": tuple(_read_region(region) for region in figures["regions"])})


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A report, the outline and fingerprint of the sound, and where its preview was written (None: not asked for)."""

    report: Report
    peaks: list[list[int]]
    fingerprint: Words
    preview_path: Path | None


def measure(path: Path, *, limits: Limits) -> Report:
    """Return the figures of a file. Raise DecodeError, whose `code` says what is wrong with it."""
    return measure_all(path, limits=limits, preview_directory=None).report


def measure_all(path: Path, *, limits: Limits, preview_directory: Path | None) -> Measurement:
    """
    Measure a file and, given a directory, write its preview there.

    One pass: memory holds a block of a second, small series of figures, and
    one channel at the preview's rate. Raise DecodeError: see RefusalCode.
    """
    with open_audio(path) as audio:
        meters = _Meters(audio.source)
        maker = PreviewMaker(sample_rate_hz=audio.source.sample_rate_hz) if preview_directory else None
        for block in audio.blocks(max_duration_s=limits.max_duration_s):
            meters.add(block)
            if maker:
                maker.add(block)
        report = meters.report(broken_packet_count=audio.broken_packet_count)
    preview_path = None
    if maker and preview_directory:
        preview_path = maker.write(preview_directory)
    return Measurement(
        report=report,
        peaks=meters.peaks.as_columns(limits.columns),
        fingerprint=meters.fingerprint.words(),
        preview_path=preview_path,
    )


class _Meters:
    """All the meters over one file."""

    def __init__(self, source: Source) -> None:
        rate_hz = source.sample_rate_hz
        self._source = source
        self._samples = 0
        self._digest = hashlib.sha256()
        self._levels = LevelMeter(sample_rate_hz=rate_hz)
        self._loudness = LoudnessMeter(sample_rate_hz=rate_hz)
        self._clipping = ClippingMeter(is_lossless=source.is_lossless)
        self.peaks = PeakMeter(sample_rate_hz=rate_hz)
        self.fingerprint = FingerprintMeter(sample_rate_hz=rate_hz)

    def add(self, block: Block) -> None:
        self._samples += block.shape[1]
        self._digest.update(np.ascontiguousarray(block.T, dtype="<f4").data)
        self._levels.add(block)
        self._loudness.add(block)
        self._clipping.add(block)
        self.peaks.add(block)
        self.fingerprint.add(block)

    def report(self, *, broken_packet_count: int) -> Report:
        source = self._source
        duration_ms = round(self._samples * 1000 / source.sample_rate_hz)
        _check_whole(duration_ms, declared_ms=source.declared_duration_ms)
        levels_dbfs = self._levels.frame_levels_dbfs()
        floor_dbfs, talk_dbfs = np.percentile(levels_dbfs, (10, 95)) if len(levels_dbfs) else (-120.0, -120.0)
        speech = find_speech(levels_dbfs)
        silences_ms = speech.silences_ms(longer_than_ms=0)
        return Report(
            container=source.container,
            codec=source.codec,
            is_lossless=source.is_lossless,
            sample_rate_hz=source.sample_rate_hz,
            channels=source.channels,
            duration_ms=duration_ms,
            declared_duration_ms=source.declared_duration_ms,
            broken_packet_count=broken_packet_count,
            pcm_sha256=self._digest.hexdigest(),
            peak_dbfs=round(self._levels.peak_dbfs(), 2),
            rms_dbfs=round(self._levels.rms_dbfs(), 2),
            talk_level_dbfs=round(float(talk_dbfs), 2),
            floor_level_dbfs=round(float(floor_dbfs), 2),
            loudness_lufs=_round(self._loudness.loudness_lufs()),
            clipped_share=round(self._clipping.clipped_share(), 7),
            speech_share=round(speech.speech_share, 4),
            speech_method=METHOD,
            silence_share=round(1 - speech.speech_share, 4),
            longest_silence_ms=max((end - start for start, end in silences_ms), default=0),
            regions=_mark_regions(speech, clipped_seconds=self._clipping.clipped_seconds()),
        )


def _round(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 2)


def _check_whole(duration_ms: int, *, declared_ms: int | None) -> None:
    """Refuse what ends before its declared length. Longer is no damage: fragments often declare the first one."""
    if declared_ms and duration_ms < min(declared_ms * TRUNCATED_BELOW, declared_ms - TRUNCATED_SLACK_MS):
        raise DecodeError(RefusalCode.TRUNCATED, f"{duration_ms} of {declared_ms} ms")


def _mark_regions(speech: SpeechActivity, *, clipped_seconds: list[int]) -> tuple[Region, ...]:
    silences_ms = speech.silences_ms(longer_than_ms=LONG_SILENCE_MS)
    regions = [Region(kind="long_silence", from_ms=start, to_ms=end) for start, end in silences_ms]
    regions += [Region(kind="clipping", from_ms=s * 1000, to_ms=(s + 1) * 1000) for s in clipped_seconds]
    return tuple(regions[:MOST_REGIONS])


def _is_plausible(value: object, *, kind: object) -> bool:
    if value is None:
        return "None" in str(kind)
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, str):
        return kind is str and len(value) <= 64 and value.isascii() and value.isprintable()
    if isinstance(value, float):
        return "float" in str(kind) and abs(value) < MOST_FIGURE
    return isinstance(value, int) and kind is not str and kind is not bool and abs(value) < MOST_FIGURE


def _read_region(region: dict[str, Any]) -> Region:
    if set(region) != {"kind", "from_ms", "to_ms"} or region["kind"] not in {"clipping", "long_silence"}:
        raise ValueError("not a region")
    return Region(kind=region["kind"], from_ms=int(region["from_ms"]), to_ms=int(region["to_ms"]))
