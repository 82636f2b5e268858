"""Everything that is measured of one file, in one pass over its samples."""

import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np

from recordings.audio.band import BandMeter
from recordings.audio.decode import Block, Source, open_audio
from recordings.audio.fingerprint import FingerprintMeter, Words
from recordings.audio.hearing import Hearing, hear, hear_by_energy
from recordings.audio.levels import ClippingMeter, LevelMeter
from recordings.audio.loudness import LoudnessMeter
from recordings.audio.mono import MODEL_RATE_HZ, MonoCollector, mix_down
from recordings.audio.peaks import PeakMeter
from recordings.audio.preview import PreviewMaker
from recordings.audio.refusals import DecodeError, RefusalCode
from recordings.audio.speech import SpeechActivity, find_speech
from recordings.audio.voices import VoiceStretch

# Encoders pad their ends by a frame or two; beyond that a file shorter than it says was cut.
TRUNCATED_BELOW = 0.98
TRUNCATED_SLACK_MS = 250
LONG_SILENCE_MS = 5_000
MOST_REGIONS = 200
MOST_STRETCHES = 1_000
MOST_FIGURE = 1e10  # no figure of a sound is larger; neither infinity nor NaN is smaller


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    What the caller allows: seconds of sound, and the columns of the outline it wants.

    Up to `listen_s` (None: all that is allowed) a sound is listened to by the models and
    gets a preview; for that one channel of it is kept in memory. Of a longer one, and of
    recordings of hours (0), only levels are taken, in the memory of a few seconds, with the
    speech estimated by energy.
    """

    max_duration_s: float
    columns: int = 1_500
    listen_s: float | None = None

    def may_listen(self, seconds: float) -> bool:
        """Return whether a sound of that length is one to listen to."""
        return self.listen_s is None or seconds <= self.listen_s


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
    the two are not on one scale. `snr_db`, the band, `quality_mos` (1 to 5) and
    `dominant_share` (0.5 to 1) are None where they cannot be known, or nobody listened;
    `voices` is an estimate. The methods name what each figure was taken with.
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
    snr_db: float | None
    bandwidth_hz: int | None
    band_drop_db: float | None
    quality_mos: float | None
    quality_method: str
    dominant_share: float | None
    voices_method: str
    voices: tuple[VoiceStretch, ...]
    regions: tuple[Region, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return asdict(self)

    def methods(self) -> dict[str, str]:
        """Return what each figure was taken with, for those that a model or an estimate gave."""
        named = {"speech": self.speech_method, "quality": self.quality_method, "voices": self.voices_method}
        return {figure: method for figure, method in named.items() if method}

    @classmethod
    def from_dict(cls, figures: dict[str, Any]) -> Self:
        """Build a report from what `as_dict` gave; raise ValueError when a figure is missing, odd or too many."""
        if set(figures) != {field.name for field in fields(cls)}:
            raise ValueError("not the figures of a report")
        for field in fields(cls):
            if field.name not in _LISTS and not _is_plausible(figures[field.name], kind=field.type):
                raise ValueError(f"not a {field.type}: {field.name}")
        return cls(**{**figures, **{name: _read_list(figures[name], kind=name) for name in _LISTS}})


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

    One pass: memory holds a block of a second, small series of figures, and while
    it may be listened to one channel at the rates of the models and of the preview. The
    models are loaded when all of it is decoded. Raise DecodeError: see RefusalCode.
    """
    with open_audio(path) as audio:
        meters = _Meters(audio.source, limits=limits, with_preview=preview_directory is not None)
        for block in audio.blocks(max_duration_s=limits.max_duration_s):
            meters.add(block)
        report = meters.report(broken_packet_count=audio.broken_packet_count)
    preview_path = None
    if meters.maker and preview_directory:
        preview_path = meters.maker.write(preview_directory, band_hz=report.bandwidth_hz)
    return Measurement(
        report=report,
        peaks=meters.peaks.as_columns(limits.columns),
        fingerprint=meters.fingerprint.words(),
        preview_path=preview_path,
    )


class _Meters:
    """All the meters over one file; those that keep the sound are let go when it becomes too long for them."""

    def __init__(self, source: Source, *, limits: Limits, with_preview: bool) -> None:
        rate_hz = source.sample_rate_hz
        self._source = source
        self._limits = limits
        self._samples = 0
        self._digest = hashlib.sha256()
        self._levels = LevelMeter(sample_rate_hz=rate_hz)
        self._loudness = LoudnessMeter(sample_rate_hz=rate_hz)
        self._clipping = ClippingMeter(is_lossless=source.is_lossless)
        self.peaks = PeakMeter(sample_rate_hz=rate_hz)
        self.fingerprint = FingerprintMeter(sample_rate_hz=rate_hz)
        self._band = BandMeter(sample_rate_hz=rate_hz)
        self._mono: MonoCollector | None = MonoCollector(sample_rate_hz=rate_hz, rate_hz=MODEL_RATE_HZ)
        self.maker = PreviewMaker(sample_rate_hz=rate_hz) if with_preview else None

    def add(self, block: Block) -> None:
        self._samples += block.shape[1]
        self._digest.update(np.ascontiguousarray(block.T, dtype="<f4").data)
        self._levels.add(block)
        self._loudness.add(block)
        self._clipping.add(block)
        self.peaks.add(block)
        if self._mono and not self._limits.may_listen(self._samples / self._source.sample_rate_hz):
            self._mono = self.maker = None
            self.fingerprint = FingerprintMeter(sample_rate_hz=self._source.sample_rate_hz)
        if self._mono:
            mono = mix_down(block)
            self.fingerprint.add(block)
            self._band.add(mono)
            self._mono.add(mono)
            if self.maker:
                self.maker.add(mono)

    def report(self, *, broken_packet_count: int) -> Report:
        source = self._source
        duration_ms = round(self._samples * 1000 / source.sample_rate_hz)
        _check_whole(duration_ms, declared_ms=source.declared_duration_ms)
        levels_dbfs = self._levels.frame_levels_dbfs()
        floor_dbfs, talk_dbfs = np.percentile(levels_dbfs, (10, 95)) if len(levels_dbfs) else (-120.0, -120.0)
        hearing = hear(self._mono.signal()) if self._mono else hear_by_energy(find_speech(levels_dbfs))
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
            regions=_mark_regions(hearing.speech, clipped_seconds=self._clipping.clipped_seconds()),
            **_figures_heard(hearing),
            **self._figures_of_band(),
        )

    def _figures_of_band(self) -> dict[str, Any]:
        band = self._band.band() if self._mono else None
        return {
            "bandwidth_hz": band.edge_hz if band else None,
            "band_drop_db": round(band.drop_db, 1) if band else None,
        }


def _figures_heard(hearing: Hearing) -> dict[str, Any]:
    speech, voices = hearing.speech, hearing.voices
    silences_ms = speech.silences_ms(longer_than_ms=0)
    return {
        "speech_share": round(speech.speech_share, 4),
        "speech_method": hearing.speech_method,
        "silence_share": round(1 - speech.speech_share, 4),
        "longest_silence_ms": max((end - start for start, end in silences_ms), default=0),
        "snr_db": _round(hearing.snr_db),
        "quality_mos": _round(hearing.quality_mos),
        "quality_method": hearing.quality_method,
        "dominant_share": round(voices.dominant_share, 3) if voices else None,
        "voices_method": hearing.voices_method,
        "voices": voices.stretches[:MOST_STRETCHES] if voices else (),
    }


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


# The lists of a report: what each entry is, and the kinds or voices that it may name.
_LISTS: dict[str, tuple[type, str, frozenset[str]]] = {
    "regions": (Region, "kind", frozenset({"clipping", "long_silence"})),
    "voices": (VoiceStretch, "voice", frozenset({"a", "b"})),
}


def _read_list(entries: Any, *, kind: str) -> tuple[Any, ...]:
    make, name, allowed = _LISTS[kind]
    if len(entries) > MOST_STRETCHES:
        raise ValueError(f"not so many {kind}")
    for entry in entries:
        if set(entry) != {name, "from_ms", "to_ms"} or entry[name] not in allowed:
            raise ValueError(f"not one of {kind}")
    spans = [{"from_ms": int(entry["from_ms"]), "to_ms": int(entry["to_ms"])} for entry in entries]
    return tuple(make(**{name: entry[name]}, **span) for entry, span in zip(entries, spans, strict=True))
