"""Where a sample stands, in words for its person. Rule: R-11; nothing of who voted what is told. Rule: R-8."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
# The usual wait is that of the last decisions; fewer than five say nothing about the next.
LAST_DECISIONS = 50
FEWEST_DECISIONS = 5


def badge_kind(status: str) -> str:
    """Return the kind of badge that shows a sample's status."""
    return BADGE_KINDS[SampleStatus(status)]


def describe_sample(sample: Sample, *, now: datetime) -> dict[str, Any]:
    """Return all that the page of a sample shows besides the sample (three queries at most)."""
    status = SampleStatus(sample.status)
    steps = [_sent(sample), _measured(sample), _reviewed(sample, now=now), _decided(sample)]
    steps = steps[:2] if status == SampleStatus.REFUSED else steps
    refusal = _refusal(sample)
    return {
        "kind": badge_kind(status),
        "steps": steps,
        "mark": standing_mark(sample),
        "is_running": status in LIVE_SAMPLE_STATUSES,
        "poll_every": POLL_EVERY.get(status, ""),
        "refusal": refusal,
        "reasons": _reasons(sample),
        "said": refusal["words"] if refusal else _say(steps),
    }


def _say(steps: list[dict[str, str]]) -> str:
    """Return in one breath where it stands: what is read aloud when it changes, and what the home page says."""
    here = next((step for step in steps if step["state"] in {"current", "failed"}), steps[-1])
    return (
        _("%(step)s: %(text)s") % {"step": here["label"], "text": here["text"]}
        if here["text"]
        else here["label"]
    )


def standing_mark(sample: Sample) -> str:
    """Return a mark that changes whenever the page of a running sample does (one query in review, none else)."""
    return f"{sample.status}-{_voted(sample)}" if sample.status == SampleStatus.IN_REVIEW else sample.status


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


def _reviewed(sample: Sample, *, now: datetime) -> dict[str, str]:
    label = _("In review")
    if sample.status == SampleStatus.IN_REVIEW:
        return {"label": label, "state": "current", "text": _count_votes(sample, now=now)}
    if sample.status == SampleStatus.CROSS_REVIEW:
        text = _("The reviewers did not agree on a yes. A lead reviewer listens and decides.")
        return {"label": _("In cross review"), "state": "current", "text": text}
    if sample.status in {SampleStatus.APPROVED, SampleStatus.REJECTED}:
        return {"label": _("Reviewed"), "state": "done", "text": ""}
    return {"label": label, "state": "todo", "text": ""}


def _voted(sample: Sample) -> int:
    return sample.reviews.votes().count()


def _count_votes(sample: Sample, *, now: datetime) -> str:
    """Say how many of the reviewers have listened: of as many as decide, then of all places; and the usual wait."""
    project = sample.project
    voted = _voted(sample)
    places = project.votes_to_decide if voted < project.votes_to_decide else project.reviewers_per_sample
    words = _("%(voted)d of %(places)d reviewers have listened.") % {
        "voted": min(voted, places),
        "places": places,
    }
    wait = usual_wait(sample)
    if wait is None:
        return words
    if now - sample.sent_at > wait:
        usual = _("It takes longer than usual this time; nothing is lost.")
    else:
        usual = _("Mostly decided within %(span)s.") % {"span": _span(wait)}
    # Two sentences: Chinese has no space between them.
    return _("%(counted)s %(usual)s") % {"counted": words, "usual": usual}


def usual_wait(sample: Sample) -> timedelta | None:
    """
    Return within what time four of five of the project's last decisions fell, None while there are few.

    Counted from sending to the decision of people, over the last fifty (one query).
    """
    decided = Sample.objects.filter(
        project=sample.project_id,
        status__in=[SampleStatus.APPROVED, SampleStatus.REJECTED],
        decided_at__isnull=False,
    ).order_by("-decided_at")
    times = decided.values_list("sent_at", "decided_at")[:LAST_DECISIONS]
    waits = sorted(decided_at - sent_at for sent_at, decided_at in times if decided_at)
    if len(waits) < FEWEST_DECISIONS:
        return None
    return waits[-(-len(waits) * 4 // 5) - 1]


def _span(wait: timedelta) -> str:
    """Return a span in words, rounded up: hours up to two days, then days."""
    hours = max(1, -(-wait // timedelta(hours=1)))
    if hours <= 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = -(-hours // 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


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
