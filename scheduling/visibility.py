"""Who sees whose entry on the partner board, and whose invitations. Rules: R-15, R-16, R-17."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from accounts.models import User
from scheduling.models import (
    Availability,
    Block,
    BoardEntry,
    BoardStatus,
    Booking,
    Invitation,
    InvitationStatus,
    Pair,
    Project,
    Qualification,
    QualificationStatus,
)
from scheduling.planner import Time


def may_record(person: OuterRef, *, project: Project | OuterRef) -> Exists:
    """Return the condition that somebody may book in the project. Rule: R-15."""
    return Exists(
        Qualification.objects.filter(project=project, person=person, status=QualificationStatus.ACTIVE)
    )


def has_sessions_left(
    person: OuterRef, *, project: Project | OuterRef, limit: int | F, now: datetime
) -> GreaterThan:
    """Return the condition that somebody has not all the sessions of one person. Rule: R-17."""
    sessions = Booking.objects.counted(now=now).of(person).filter(project=project).order_by()
    count = sessions.values("project").annotate(count=Count("pk")).values("count")
    return GreaterThan(limit, Coalesce(Subquery(count), 0))


def entries_on_board(project: Project, *, now: datetime) -> QuerySet[BoardEntry]:
    """
    Return the entries that stand: of people who may book, have no partner, sessions left, and have not left.

    Rules: R-15, R-16, R-17.
    """
    if not project.is_open:
        return BoardEntry.objects.none()
    pair = Pair.objects.living().of(OuterRef("person")).filter(project=project)
    # Both are never empty. As they stand, `expires_at` would be read by its own index and all be sorted by waiting.
    ends_at = Coalesce("expires_at", "published_at")
    return BoardEntry.objects.alias(ends_at=ends_at).filter(
        may_record(OuterRef("person"), project=project),
        ~Exists(pair),
        has_sessions_left(
            OuterRef("person"), project=project, limit=project.max_sessions_per_person, now=now
        ),
        project=project,
        status=BoardStatus.OPEN,
        ends_at__gt=now,
        person__is_active=True,
    )


def entries_for(person: User, *, project: Project, now: datetime) -> QuerySet[BoardEntry]:
    """
    Return what the person sees on the board, longest waiting first.

    Never themselves, nobody whom they blocked or who blocked them, and nobody with whom
    their sessions are used up. Two queries, whatever the number. Rules: R-16, R-17.
    """
    seen = entries_on_board(project, now=now).filter(
        ~Exists(Block.objects.between(person, OuterRef("person")))
    )
    seen = seen.exclude(person__in=[person.pk, *_used_up_with(person, project=project, now=now)])
    return (
        seen.select_related("person", "city").prefetch_related("availabilities").order_by("waits_from", "pk")
    )


def _used_up_with(person: User, *, project: Project, now: datetime) -> list[int]:
    """Return those with whom the person has recorded as often as one pair may: few, so they are asked for first."""
    sessions = Booking.objects.counted(now=now).of(person).filter(project=project).order_by()
    pairs = sessions.values_list("pair__person_a", "pair__person_b").annotate(count=Count("pk"))
    return [b if a == person.pk else a for a, b, count in pairs if count >= project.max_sessions_per_pair]


def standing_invitations(*, now: datetime) -> QuerySet[Invitation]:
    """
    Return the questions from the board that a yes would make a pair of, in time and unanswered.

    Of two people who may book in an open project with sessions left, neither of whom has
    blocked the other. What rests for a suspension is there again when that ends. Rules: R-15 to R-17.
    """
    people = {name: OuterRef(name) for name in ("inviter", "invited")}
    conditions: list[Any] = [~Exists(Block.objects.between(*people.values()))]
    for person in people.values():
        conditions += [
            may_record(person, project=OuterRef("project")),
            has_sessions_left(
                person, project=OuterRef("project"), limit=F("project__max_sessions_per_person"), now=now
            ),
        ]
    return Invitation.objects.filter(
        *conditions,
        invited__isnull=False,
        status=InvitationStatus.OPEN,
        expires_at__gt=now,
        project__is_open=True,
        inviter__is_active=True,
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


def entries_after(entries: QuerySet[BoardEntry], *, entry_id: int) -> QuerySet[BoardEntry]:
    """
    Return those of `entries` that come after the one, longest waiting first; all of them when there is no such entry.

    The place in the order, not a count of those before: the last page costs what the first does.
    """
    last = BoardEntry.objects.filter(pk=entry_id).values_list("waits_from", flat=True).first()
    if last is None:
        return entries
    # The first condition alone is what the index can use.
    return entries.filter(Q(waits_from__gte=last), Q(waits_from__gt=last) | Q(pk__gt=entry_id))
