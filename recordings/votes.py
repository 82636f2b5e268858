"""Which votes a figure counts. The lists of the rows behind it choose here too, so both say the same."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from recordings.models import Review, SampleStatus, Verdict
from scheduling.models import Project


class VoteKind(models.TextChoices):
    """What is told of a vote. Those on gold samples stand apart; "alike" and "differ" are of a sample's first two."""

    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    UNSURE = "unsure", _("Unsure")
    UNDONE = "undone", _("Taken back")
    WITH = "with", _("As the sample ended")
    AGAINST = "against", _("Not as the sample ended")
    ALIKE = "alike", _("First two alike")
    DIFFER = "differ", _("First two differ")
    GOLD_RIGHT = "gold_right", _("Gold sample right")
    GOLD_WRONG = "gold_wrong", _("Gold sample missed")


# The third vote is asked for only where two differ: decision 0015.
SECOND = 2
LIKE_OUTCOME = Q(verdict=Verdict.APPROVE, sample__status=SampleStatus.APPROVED) | Q(
    verdict=Verdict.REJECT, sample__status=SampleStatus.REJECTED
)
UNLIKE_OUTCOME = Q(verdict=Verdict.APPROVE, sample__status=SampleStatus.REJECTED) | Q(
    verdict=Verdict.REJECT, sample__status=SampleStatus.APPROVED
)

CONDITIONS: dict[str, Q] = {
    **{verdict: Q(verdict=verdict) for verdict in Verdict.values},
    VoteKind.WITH: LIKE_OUTCOME,
    VoteKind.AGAINST: UNLIKE_OUTCOME,
}

GOLD_RIGHT = Q(sample__gold__expected=F("verdict"))


@dataclass(frozen=True)
class Span:
    """From one moment, included, to another, excluded; None is open."""

    from_at: datetime | None = None
    to_at: datetime | None = None

    def on(self, field: str) -> Q:
        """Return the condition that a column lies in the span."""
        since = Q(**{f"{field}__gte": self.from_at}) if self.from_at else Q()
        until = Q(**{f"{field}__lt": self.to_at}) if self.to_at else Q()
        return since & until


ALWAYS = Span()
# Databases and time zones have no room beyond.
EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)


def span_of_days(from_on: date | None, to_on: date | None) -> Span:
    """Return the span of whole local days, both included; absurd years are as good as open."""
    return Span(
        midnight(max(from_on, EARLIEST)) if from_on else None,
        midnight(min(to_on, LATEST) + timedelta(days=1)) if to_on else None,
    )


def midnight(on: date) -> datetime:
    """Return the beginning of a day here."""
    return timezone.make_aware(datetime.combine(on, time()))


def choose_votes(
    *,
    kind: str = "",
    reviewer: User | int | None = None,
    project: Project | None = None,
    reason: str = "",
    span: Span = Span(),  # frozen
) -> QuerySet[Review]:
    """Return the votes of a kind, by a reviewer, in a project, for a reason, cast in a span: all that is given."""
    votes = _votes_of_kind(kind).filter(span.on("voted_at"))
    if reviewer is not None:
        votes = votes.filter(reviewer=reviewer)
    if project is not None:
        votes = votes.filter(sample__project=project)
    if reason:
        # The codes are a list in JSON, and each stands in it between quotes.
        votes = votes.annotate(codes=Cast("reasons", TextField())).filter(codes__contains=f'"{reason}"')
    return votes


def second_votes() -> QuerySet[Any]:
    """Return the second vote on each sample, with the verdict of the `first` one."""
    earlier = Review.objects.votes().filter(sample=OuterRef("sample"), pk__lt=OuterRef("pk"))
    place = earlier.order_by().values("sample").annotate(count=Count("pk") + 1).values("count")
    first = earlier.order_by("pk").values("verdict")[:1]
    placed = Review.objects.votes().annotate(place=Subquery(place, output_field=IntegerField()))
    return placed.filter(place=SECOND).annotate(first=Subquery(first))


def _votes_of_kind(kind: str) -> QuerySet[Any]:
    if kind == VoteKind.UNDONE:
        return Review.objects.filter(undone_at__isnull=False, is_gold=False)
    if kind in {VoteKind.ALIKE, VoteKind.DIFFER}:
        alike = Q(first=F("verdict"))
        return second_votes().filter(alike if kind == VoteKind.ALIKE else ~alike)
    if kind in {VoteKind.GOLD_RIGHT, VoteKind.GOLD_WRONG}:
        return Review.objects.gold().filter(GOLD_RIGHT if kind == VoteKind.GOLD_RIGHT else ~GOLD_RIGHT)
    return Review.objects.votes().filter(CONDITIONS.get(kind, Q()))
