"""Pure: what the machine makes of a measured sample before a human hears it. Rules: R-5, R-6."""

from dataclasses import dataclass

from recordings.audio.report import Report
from scheduling.models import Project

# Below this BS.1770 gates everything away: digital silence, or a microphone that was never on.
SILENT_BELOW_DBFS = -60.0


@dataclass(frozen=True, kw_only=True)
class Screening:
    """A refusal code or "", and the marks that reviewers see."""

    refusal: str
    marks: list[str]


def screen_report(report: Report, *, project: Project) -> Screening:
    """
    Hold the figures against the project's thresholds.

    A length outside the project's range by more than the grace is refused, and
    so are silence, very low level, little speech and heavy clipping. What is
    merely doubtful gets a mark: a human decides. Rules: R-5, R-6.
    """
    refusal = _refuse_length(report, project=project) or _refuse_sound(report, project=project)
    return Screening(refusal=refusal, marks=[] if refusal else _mark(report, project=project))


def longest_worth_measuring_s(project: Project) -> int:
    """Return up to which length a file is decoded: far enough past the limit to tell people how long theirs is."""
    return project.sample_max_s * 4


def _refuse_length(report: Report, *, project: Project) -> str:
    if report.duration_ms < (project.sample_min_s - project.sample_grace_s) * 1000:
        return "too_short"
    if report.duration_ms > (project.sample_max_s + project.sample_grace_s) * 1000:
        return "too_long"
    return ""


def _refuse_sound(report: Report, *, project: Project) -> str:
    if report.loudness_lufs is None or report.peak_dbfs < SILENT_BELOW_DBFS:
        return "silent"
    if report.loudness_lufs < project.sample_min_loudness_lufs:
        return "too_quiet"
    if report.clipped_share >= _clipping_limit(report, project=project):
        return "clipped"
    if report.speech_share < project.sample_min_speech_share:
        return "little_speech"
    return ""


def _clipping_limit(report: Report, *, project: Project) -> float:
    """Return the share from which clipping refuses; a lossy codec hides most of it, so its limit is lower."""
    return project.sample_max_clipped_share if report.is_lossless else project.sample_max_clipped_share_lossy


def _mark(report: Report, *, project: Project) -> list[str]:
    loudness_lufs = SILENT_BELOW_DBFS if report.loudness_lufs is None else report.loudness_lufs
    from_share = project.sample_mark_clipped_share if report.is_lossless else 0.0
    marks = {
        "little_speech": report.speech_share < project.sample_mark_speech_share,
        "quiet": loudness_lufs < project.sample_mark_low_lufs,
        "loud": loudness_lufs > project.sample_mark_high_lufs,
        "clipped": report.clipped_share > 0 and report.clipped_share >= from_share,
    }
    return [mark for mark, is_so in marks.items() if is_so]
