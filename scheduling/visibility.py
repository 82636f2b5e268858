"""Who sees whose entry on the partner board. Rules: R-16, R-17."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from scheduling.models import (
    Availability,
    Block,
    BoardEntry,
    BoardStatus,
    Pair,
    Project,
    Qualification,
    QualificationStatus,
)
from scheduling.models.booking import LIVE_STATUSES
from scheduling.planner import Time


def entries_on_board(project: Project, *, now: datetime) -> QuerySet[BoardEntry]:
    """Return the entries that stand: of people who may book, have no partner, and have not left. Rule: R-16."""
    right = Qualification.objects.filter(
        project=project, person=OuterRef("person"), status=QualificationStatus.ACTIVE
    )
    pair = Pair.objects.living().of(OuterRef("person")).filter(project=project)
    return BoardEntry.objects.filter(
        Exists(right),
        ~Exists(pair),
        project=project,
        project__is_open=True,
        status=BoardStatus.OPEN,
        expires_at__gt=now,
        person__is_active=True,
    )


def entries_for(person: User, *, project: Project, now: datetime) -> QuerySet[BoardEntry]:
    """
    Return what the person sees on the board, longest waiting first.

    Never themselves, nobody whom they blocked or who blocked them, and nobody with whom
    their sessions are used up. One query, whatever the number. Rules: R-16, R-17.
    """
    block = Block.objects.between(person, OuterRef("person"))
    used_up = (
        Pair.objects.between(person, OuterRef("person"))
        .filter(project=project)
        .annotate(sessions=Count("bookings", filter=Q(bookings__status__in=LIVE_STATUSES)))
        .filter(sessions__gte=F("project__max_sessions_per_pair"))
    )
    seen = entries_on_board(project, now=now).exclude(person=person).filter(~Exists(block), ~Exists(used_up))
    return (
        seen.select_related("person", "city").prefetch_related("availabilities").order_by("waits_from", "pk")
    )


def with_times(
    entries: QuerySet[BoardEntry], *, times: Collection[Time] | None, part: str, today: date
) -> QuerySet[BoardEntry]:
    """Return those who could come in the part of a day ("" for any), at one of `times` when it is not None."""
    wanted = Availability.objects.filter(entry=OuterRef("pk"), on__gte=today)
    if part:
        wanted = wanted.filter(part=part)
    if times is not None:
        one_of = Q(pk__in=[])
        for on, part_of_day in times:
            one_of |= Q(on=on, part=part_of_day)
        wanted = wanted.filter(one_of)
    return entries.filter(Exists(wanted))
