"""Gold samples: decided beyond doubt, heard like any other, they check how a reviewer hears. Rule: R-44."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.consents import grants_in_force
from accounts.fields import keyed_hash
from accounts.models import Scope, User
from recordings.models import (
    Conflict,
    CrossReview,
    GoldSample,
    GoldVerdict,
    Review,
    Reviewing,
    Sample,
    SampleStatus,
)
from recordings.reasons import REASONS, reasons_of
from scheduling.models import Project

GOLD_STATUSES = (SampleStatus.APPROVED, SampleStatus.REJECTED)
# How long the queue's page tells what a gold sample was about, and of how many.
TOLD_FOR = timedelta(days=1)
MOST_TOLD = 3


class GoldRefused(ValidationError):
    """A sample that cannot be made gold."""


@transaction.atomic
def set_gold(
    sample: Sample, *, expected: str, reasons: Iterable[str], explanation: str, by: User, now: datetime
) -> GoldSample:
    """
    Make the decided sample gold, or change what is expected of it.

    Raise GoldRefused: "own_sample", "undecided", "withdrawn" when its person's consent is, "reasons_needed",
    "reasons_with_approval", "unknown_reason" or "explanation_needed". Locks the sample. Rule: R-44.
    """
    expected = GoldVerdict(expected).value
    sample = Sample.objects.select_for_update(of=("self",)).select_related("person").get(pk=sample.pk)
    _check_sample(sample, by=by)
    codes = _check_words(expected, reasons=reasons, explanation=explanation)
    gold, _is_new = GoldSample.objects.update_or_create(
        sample=sample,
        defaults={
            "expected": expected,
            "reasons": codes,
            "explanation": explanation.strip(),
            "set_by": by,
            "set_at": now,
            "retired_at": None,
        },
    )
    return gold


def _check_sample(sample: Sample, *, by: User) -> None:
    if sample.person_id == by.pk:
        raise GoldRefused(_("This is your own sample."), code="own_sample")
    if sample.status not in GOLD_STATUSES:
        raise GoldRefused(_("Only a decided sample can be gold."), code="undecided")
    if not playable_samples().filter(pk=sample.pk).exists():
        raise GoldRefused(_("Its person has withdrawn: it cannot be gold."), code="withdrawn")


def _check_words(expected: str, *, reasons: Iterable[str], explanation: str) -> list[str]:
    chosen = set(reasons)
    if not chosen <= REASONS.keys():
        raise GoldRefused(_("One of the reasons does not exist."), code="unknown_reason")
    if expected == GoldVerdict.REJECT and not chosen:
        raise GoldRefused(_("Choose at least one reason for the rejection."), code="reasons_needed")
    if expected == GoldVerdict.APPROVE and chosen:
        raise GoldRefused(_("An approval has no reasons. Clear them."), code="reasons_with_approval")
    if not explanation.strip():
        raise GoldRefused(_("Write why, in a sentence or two."), code="explanation_needed")
    return [code for code in REASONS if code in chosen]


def retire_gold(gold: GoldSample, *, now: datetime) -> None:
    """Slip the sample into no queue any more; what was voted on it stays. Twice changes nothing."""
    _retire([gold.pk], now=now)


def retire_withdrawn_gold(*, now: datetime) -> int:
    """Retire the gold samples of people who left or withdrew their consent; return how many. Rule: R-42."""
    may_stay = playable_samples().filter(pk=OuterRef("sample"))
    withdrawn = GoldSample.objects.filter(retired_at=None).exclude(Exists(may_stay))
    return _retire(list(withdrawn.values_list("pk", flat=True)), now=now)


@transaction.atomic
def _retire(golds: Collection[int], *, now: datetime) -> int:
    places = Reviewing.objects.filter(sample__gold__in=golds, is_gold=True, lost_at=None)
    places.update(lost_at=now)
    return GoldSample.objects.filter(pk__in=golds, retired_at=None).update(retired_at=now)


def playable_samples() -> QuerySet[Sample]:
    """Return the decided samples that may still be heard for learning: their person is here and consents."""
    consents = grants_in_force(Scope.RECORD).filter(person=OuterRef("person"))
    decided = Sample.objects.filter(Exists(consents), status__in=GOLD_STATUSES, person__is_active=True)
    return decided.exclude(preview="")


def slip_gold(reviewer: User, *, project: Project, now: datetime) -> Sample | None:
    """
    Return a gold sample in place of the reviewer's next one, or None when it is not its turn.

    One vote in the project's `gold_every`, at moments that cannot be foretold but stay
    the same however often one asks. Never of a person whom the reviewer heard, knows
    or is. Rule: R-44.
    """
    if not is_gold_turn(reviewer, every=project.gold_every):
        return None
    heard = Review.objects.filter(reviewer=reviewer).values("sample__person")
    had = Reviewing.objects.filter(reviewer=reviewer).values("sample__person")
    known = Conflict.objects.filter(staff=reviewer).values("person")
    led = CrossReview.objects.filter(lead=reviewer).values("sample")
    fitting = (
        GoldSample.objects.filter(Exists(playable_samples().filter(pk=OuterRef("sample"))))
        .filter(retired_at=None, sample__project=project)
        .exclude(sample__person=reviewer)
        .exclude(set_by=reviewer)
        .exclude(sample__in=led)
        .exclude(sample__person__in=heard)
        .exclude(sample__person__in=had)
        .exclude(sample__person__in=known)
        .select_related("sample__project")
        .order_by("set_at", "pk")
    )
    gold = fitting.first()
    return gold.sample if gold else None


def is_gold_turn(reviewer: User, *, every: int) -> bool:
    """Return whether the reviewer's next vote is one in `every`, drawn by a keyed hash of how many they have cast."""
    if every == 0:
        return False
    cast = Review.objects.filter(reviewer=reviewer).count()
    return int(keyed_hash(f"gold {reviewer.pk} {cast}")[:12], 16) % every == 0


def gold_answers(reviewer: User, *, now: datetime) -> list[dict[str, Any]]:
    """Return what the reviewer's last gold samples were about, once their votes stand. Rule: R-44."""
    votes = Review.objects.gold().filter(reviewer=reviewer, stands_at__lte=now, voted_at__gt=now - TOLD_FOR)
    votes = votes.select_related("sample__gold").defer("sample__peaks", "sample__regions")
    return [
        {
            "vote": vote,
            "gold": vote.sample.gold,
            "agrees": vote.verdict == vote.sample.gold.expected,
            "reasons": reasons_of(vote.sample.gold.reasons),
        }
        for vote in votes.order_by("-pk")[:MOST_TOLD]
    ]
