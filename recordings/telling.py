"""Telling people what became of their sample: rows of the outbox, written once. Rules: R-11, R-13, R-25."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from accounts.apart import do_apart
from accounts.models import Channel, Message
from accounts.outbox import Kind, QuietHours, channels_of, language_of, post_message
from recordings.models import CrossReview, Sample, SampleStatus
from recordings.reasons import REASONS, REFUSALS, longest_refusal, reasons_of, refusal_words
from recordings.tries import next_try_at

# Who has heard nothing for three days has looked, or will be confused rather than helped.
NEWS_KEPT = timedelta(days=3)
# Most people see a refusal on the page seconds after sending; the SMS is for who has put the telephone away.
REFUSAL_BY_SMS_AFTER = timedelta(minutes=5)
BATCH = 200

OUTCOMES = [SampleStatus.APPROVED, SampleStatus.REJECTED, SampleStatus.REFUSED]
STATUS_OF = {
    "sample_approved": SampleStatus.APPROVED,
    "sample_rejected": SampleStatus.REJECTED,
    "sample_rejected_final": SampleStatus.REJECTED,
    "sample_refused": SampleStatus.REFUSED,
}


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the news is none any more, "" when it is: withdrawn since, or a refusal that was read."""
    told = Sample.objects.filter(key=message.params["sample"]).values_list("status", "outcome_seen_at")
    status, seen_at = told.get()
    if status != STATUS_OF[message.template]:
        return gettext_noop("the sample was withdrawn meanwhile")
    if status == SampleStatus.REFUSED and message.channel == Channel.SMS and seen_at:
        return gettext_noop("the person has read it on the page")
    return ""


def _write_moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DAY_TIME_FORMAT")


LONGEST_DAY = datetime(2026, 12, 31, 12, tzinfo=UTC)
_LABELS = {
    "sample_approved": _("Sample approved"),
    "sample_rejected": _("Sample not approved, a new one is possible"),
    "sample_rejected_final": _("Sample not approved, no other is possible"),
    "sample_refused": _("Sample file not accepted"),
}


def _longest_reasons(template: str) -> str:
    """Return the longest that can be told: the machine's longest refusal, or every reason that reviewers have."""
    if template == "sample_refused":
        return f"- {longest_refusal()}"
    return _write_reasons(REASONS)


def _write_reasons(codes: Iterable[str]) -> str:
    return "\n".join(f"- {reason.words} {reason.advice}" for reason in reasons_of(codes))


KINDS = [
    Kind(
        template=template,
        label=label,
        channels=(Channel.SMS, Channel.EMAIL),
        longest={
            "day": lazy(_write_moment, str)(LONGEST_DAY),
            "reasons": lazy(_longest_reasons, str)(template),
        },
        examples={"reasons": "- …"},
        check=find_objection,
    )
    for template, label in _LABELS.items()
]


def tell_outcomes(*, now: datetime) -> int:
    """
    Write the news of samples that are decided and not told yet into the outbox; return of how many. Run each minute.

    An SMS, and an e-mail to who confirmed an address; of a refusal the e-mail at once and
    the SMS after five minutes, dropped when the page was looked at. What breaks is left
    untold and does not keep the others from their news. Rules: R-11, R-25.
    """
    untold = Sample.objects.filter(
        status__in=OUTCOMES, told_at=None, decided_at__gt=now - NEWS_KEPT, decided_at__lte=now
    )
    keys = list(untold.order_by("decided_at", "pk").values_list("pk", flat=True)[:BATCH])
    told = (do_apart(partial(_tell_outcome, pk, now=now), what=f"the news of sample {pk}") for pk in keys)
    return sum(map(bool, told))


@transaction.atomic
def _tell_outcome(sample_id: int, *, now: datetime) -> bool:
    """Write the news of one sample. Return False when another worker was faster."""
    if not Sample.objects.filter(pk=sample_id, told_at=None, status__in=OUTCOMES).update(told_at=now):
        return False
    light = Sample.objects.defer("peaks", "regions")
    sample = light.select_related("project", "person__profile").get(pk=sample_id)
    with override(language_of(sample.person)):
        template, params = _news_of(sample)
    decided_at = sample.decided_at or now
    waits = REFUSAL_BY_SMS_AFTER if sample.status == SampleStatus.REFUSED else timedelta(0)
    for channel in channels_of(sample.person):
        post_message(
            sample.person,
            channel=channel,
            template=template,
            key=f"sample:{sample.pk}:{sample.status}:{channel}",
            params={"sample": sample.key, **params},
            now=now,
            not_before=max(now, decided_at + waits) if channel == Channel.SMS else now,
            expires_at=decided_at + NEWS_KEPT,
            quiet=QuietHours(sample.project.quiet_from_hour, sample.project.quiet_to_hour),
        )
    return True


def _news_of(sample: Sample) -> tuple[str, dict[str, str]]:
    """Return the template and what it is filled with, in the language that is active."""
    if sample.status == SampleStatus.APPROVED:
        return "sample_approved", {}
    if sample.status == SampleStatus.REFUSED:
        refusal = REFUSALS[sample.refusal]
        return "sample_refused", {"reasons": f"- {refusal_words(sample)} {refusal.advice}"}
    codes = CrossReview.objects.filter(sample=sample).values_list("reasons", flat=True).first()
    reasons = _write_reasons(codes or [])
    opens_at = next_try_at(sample)
    if opens_at is None:
        return "sample_rejected_final", {"reasons": reasons}
    return "sample_rejected", {
        "reasons": reasons,
        "day": _write_moment(opens_at),
    }


def note_outcome_seen(sample: Sample, *, now: datetime) -> None:
    """Write that the person has looked at the page of the decided sample, the first time."""
    if sample.outcome_seen_at is None and sample.status in OUTCOMES:
        Sample.objects.filter(pk=sample.pk, outcome_seen_at=None).update(outcome_seen_at=now)
