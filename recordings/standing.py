"""Where a sample stands, in words for its person. Rule: R-11; nothing of who voted what is told. Rule: R-8."""

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from recordings.models import LIVE_SAMPLE_STATUSES, CrossReview, Sample, SampleStatus
from recordings.reasons import REFUSALS, minutes_and_seconds, reasons_of, refusal_words

BADGE_KINDS = {
    SampleStatus.MEASURING: "info",
    SampleStatus.REFUSED: "bad",
    SampleStatus.IN_REVIEW: "wait",
    SampleStatus.CROSS_REVIEW: "wait",
    SampleStatus.APPROVED: "ok",
    SampleStatus.REJECTED: "bad",
    SampleStatus.WITHDRAWN: "idle",
}
# How often the page asks: measuring takes seconds, people take hours.
POLL_EVERY = {SampleStatus.MEASURING: "2s", SampleStatus.IN_REVIEW: "30s", SampleStatus.CROSS_REVIEW: "60s"}


def badge_kind(status: str) -> str:
    """Return the kind of badge that shows a sample's status."""
    return BADGE_KINDS[SampleStatus(status)]


def describe_sample(sample: Sample) -> dict[str, Any]:
    """Return all that the page of a sample shows besides the sample (two queries at most)."""
    status = SampleStatus(sample.status)
    steps = [_sent(sample), _measured(sample), _reviewed(sample), _decided(sample)]
    return {
        "kind": badge_kind(status),
        "steps": steps[:2] if status == SampleStatus.REFUSED else steps,
        "is_running": status in LIVE_SAMPLE_STATUSES,
        "poll_every": POLL_EVERY.get(status, ""),
        "refusal": _refusal(sample),
        "reasons": _reasons(sample),
    }


def list_figures(sample: Sample) -> dict[str, str]:
    """Return length and refusal as a list shows them, "" for what there is not."""
    length = "" if sample.duration_ms is None else minutes_and_seconds(sample.duration_ms // 1000)
    refusal = str(REFUSALS[sample.refusal].words) if sample.refusal else ""
    return {"length": length, "refusal": refusal}


def _sent(sample: Sample) -> dict[str, str]:
    return {"label": _("Sent"), "state": "done", "text": _moment(sample.sent_at)}


def _measured(sample: Sample) -> dict[str, str]:
    if sample.status == SampleStatus.MEASURING:
        text = _("We check length and level. This takes a few seconds; the page tells you by itself.")
        return {"label": _("Being measured"), "state": "current", "text": text}
    if sample.status == SampleStatus.REFUSED:
        return {"label": _("Measured: not accepted"), "state": "failed", "text": ""}
    return {"label": _("Measured"), "state": "done", "text": ""}


def _reviewed(sample: Sample) -> dict[str, str]:
    label = _("In review")
    if sample.status == SampleStatus.IN_REVIEW:
        return {"label": label, "state": "current", "text": _count_votes(sample)}
    if sample.status == SampleStatus.CROSS_REVIEW:
        text = _("The reviewers did not agree on a yes. A lead reviewer listens and decides.")
        return {"label": _("In cross review"), "state": "current", "text": text}
    if sample.status in {SampleStatus.APPROVED, SampleStatus.REJECTED}:
        return {"label": _("Reviewed"), "state": "done", "text": ""}
    return {"label": label, "state": "todo", "text": ""}


def _count_votes(sample: Sample) -> str:
    """Say how many of the reviewers have listened: of as many as decide, then of all places."""
    project = sample.project
    voted = sample.reviews.filter(undone_at=None).count()
    places = project.votes_to_decide if voted < project.votes_to_decide else project.reviewers_per_sample
    return _("%(voted)d of %(places)d reviewers have listened. This mostly takes a day or two.") % {
        "voted": min(voted, places),
        "places": places,
    }


def _decided(sample: Sample) -> dict[str, str]:
    when = _moment(sample.decided_at) if sample.decided_at else ""
    if sample.status == SampleStatus.APPROVED:
        return {"label": _("Approved"), "state": "done", "text": when}
    if sample.status == SampleStatus.REJECTED:
        return {"label": _("Not approved"), "state": "failed", "text": when}
    return {"label": _("Decision"), "state": "todo", "text": ""}


def _refusal(sample: Sample) -> dict[str, str] | None:
    if sample.status != SampleStatus.REFUSED:
        return None
    return {"words": refusal_words(sample), "advice": str(REFUSALS[sample.refusal].advice)}


def _reasons(sample: Sample) -> list[Any]:
    """Return the reasons of the rejection as the participant reads them. Rule: R-11."""
    if sample.status != SampleStatus.REJECTED:
        return []
    codes = CrossReview.objects.filter(sample=sample).values_list("reasons", flat=True).first()
    return list(reasons_of(codes or []))


def _moment(at: Any) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
