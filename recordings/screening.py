"""Pure: what the machine makes of a measured sample before a human hears it. Rules: R-5, R-6."""

from dataclasses import dataclass

from recordings.audio.report import Report
from scheduling.models import Project

# Below this BS.1770 gates everything away: digital silence, or a microphone that was never on.
SILENT_BELOW_DBFS = -60.0
# The same distance below it is refused as truncated while it is decoded (audio.report).
LONGER_ABOVE = 1.02
LONGER_SLACK_MS = 250


@dataclass(frozen=True, kw_only=True)
class Screening:
    """A refusal code or "", and the marks that reviewers see."""

    refusal: str
    marks: list[str]


def screen_report(report: Report, *, project: Project) -> Screening:
    """
    Hold the figures against the project's thresholds.

    A length outside the project's range by more than the grace is refused, and
    so are silence, very low level and little speech. Extreme clipping, noise, damage
    and narrowness are refused where the project says so and marked otherwise. What is
    merely doubtful gets a mark: a human decides. Rules: R-5, R-6.
    """
    refusal = _refuse_length(report, project=project) or _refuse_silence(report, project=project)
    if not refusal and project.sample_refuses_extremes:
        refusal = _refuse_extremes(report, project=project)
    refusal = refusal or _refuse_wordless(report, project=project)
    return Screening(refusal=refusal, marks=[] if refusal else _mark(report, project=project))


def longest_worth_measuring_s(project: Project) -> int:
    """Return up to which length a file is decoded: far enough past the limit to tell people how long theirs is."""
    return project.sample_max_s * 4


def longest_worth_hearing_s(project: Project) -> int:
    """Return up to which length the models listen to a file: what is longer is refused anyway."""
    return project.sample_max_s + project.sample_grace_s


def _refuse_length(report: Report, *, project: Project) -> str:
    if report.duration_ms < (project.sample_min_s - project.sample_grace_s) * 1000:
        return "too_short"
    if report.duration_ms > (project.sample_max_s + project.sample_grace_s) * 1000:
        return "too_long"
    return ""


def _refuse_silence(report: Report, *, project: Project) -> str:
    if report.loudness_lufs is None or report.peak_dbfs < SILENT_BELOW_DBFS:
        return "silent"
    if report.loudness_lufs < project.sample_min_loudness_lufs:
        return "too_quiet"
    return ""


def _refuse_extremes(report: Report, *, project: Project) -> str:
    """Before the speech is looked at: in noise it is not found, and noise is then what to tell."""
    if report.clipped_share >= _clipping_limit(report, project=project):
        return "clipped"
    if report.snr_db is not None and report.snr_db < project.sample_min_snr_db:
        return "noisy"
    if report.bandwidth_hz is not None and report.bandwidth_hz < project.sample_min_band_hz:
        return "narrow_band"
    is_spoken = report.speech_share >= project.sample_min_speech_share
    if is_spoken and report.quality_mos is not None and report.quality_mos < project.sample_min_quality_mos:
        return "poor_quality"
    return ""


def _refuse_wordless(report: Report, *, project: Project) -> str:
    return "little_speech" if report.speech_share < project.sample_min_speech_share else ""


def _clipping_limit(report: Report, *, project: Project) -> float:
    """Return the share from which clipping refuses; a lossy codec hides most of it, so its limit is lower."""
    return project.sample_max_clipped_share if report.is_lossless else project.sample_max_clipped_share_lossy


def _mark(report: Report, *, project: Project) -> list[str]:
    loudness_lufs = SILENT_BELOW_DBFS if report.loudness_lufs is None else report.loudness_lufs
    from_share = project.sample_mark_clipped_share if report.is_lossless else 0.0
    quality_mos = 5.0 if report.quality_mos is None else report.quality_mos
    one_share = report.dominant_share or 0.5
    is_poor = quality_mos < project.sample_poor_quality_mos
    marks = {
        "little_speech": report.speech_share < project.sample_mark_speech_share,
        "quiet": loudness_lufs < project.sample_mark_low_lufs,
        "loud": loudness_lufs > project.sample_mark_high_lufs,
        "clipped": report.clipped_share > 0 and report.clipped_share >= from_share,
        "noisy": report.snr_db is not None and report.snr_db < project.sample_mark_snr_db,
        "noise_unknown": report.snr_db is None,
        "poor_quality": is_poor,
        "doubtful_quality": not is_poor and quality_mos < project.sample_mark_quality_mos,
        "narrow_band": is_narrow(report, project=project),
        "upsampled": is_upsampled(report, project=project),
        "one_sided": one_share > project.sample_mark_dominant_share,
        "longer_than_declared": is_longer_than_declared(report),
    }
    return [mark for mark, is_so in marks.items() if is_so]


def is_narrow(report: Report, *, project: Project) -> bool:
    """Return whether the file's own rate, or the band it is refused for, allows no more than a telephone's sound."""
    if report.bandwidth_hz is None:
        return False
    is_low_rate = report.sample_rate_hz / 2 <= project.sample_mark_band_hz
    return is_low_rate or report.bandwidth_hz < project.sample_min_band_hz


def is_upsampled(report: Report, *, project: Project) -> bool:
    """Return whether the sound is cut off far below what the file's rate could hold: it was narrow once."""
    if report.bandwidth_hz is None or report.band_drop_db is None or is_narrow(report, project=project):
        return False
    is_cut = report.band_drop_db >= project.sample_mark_band_drop_db
    return is_cut and report.bandwidth_hz < project.sample_mark_band_hz


def is_longer_than_declared(report: Report) -> bool:
    """
    Return whether there is more sound than the file says, by more than its encoder's padding.

    Fragmented MP4, which iOS records in a page, declares its first fragment only: there it means nothing.
    """
    declared_ms = report.declared_duration_ms
    if declared_ms is None or report.container == "mp4":
        return False
    return report.duration_ms > max(declared_ms * LONGER_ABOVE, declared_ms + LONGER_SLACK_MS)
