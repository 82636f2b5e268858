"""Takes: the rows that are left of the scripted part when a session closes. Rules: R-30, R-31."""

from recordings.models import RecordingSession, RetakeReason, Take
from recordings.progress import Progress


def write_takes(session: RecordingSession, *, progress: Progress) -> list[Take]:
    """Write one row for each take of the log, those that were recorded again with their reason. Rule: R-31."""
    return Take.objects.bulk_create(
        Take(
            session=session,
            dialogue_number=take.number,
            take_number=take.take_number,
            opener=take.opener,
            started_at=take.started_at,
            ended_at=take.ended_at,
            is_kept=take.is_kept,
            retake_reason=take.retake_reason,
        )
        for take in progress.takes
    )


def reason_words(code: str) -> str:
    """Return why a piece was recorded again in words; a code of an older version as it is. Rule: R-31."""
    return str(RetakeReason(code).label) if code in RetakeReason.values else code
