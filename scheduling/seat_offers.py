"""The open seats that somebody may join, and why each would fit. Rules: R-16, R-17, R-46."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Profile, User
from accounts.people import age_on
from scheduling import rota
from scheduling.models import (
    Block,
    BoardEntry,
    BoardStatus,
    Booking,
    OpenSeat,
    Pair,
    Project,
    QualificationStatus,
    SlotStatus,
)
from scheduling.planner import Candidate, Quota, same_dialect
from scheduling.quotas import kept_quotas
from scheduling.visibility import may_record

SHOWN = 30


@dataclass(frozen=True)
class SeatCard:
    """A seat with what its person says on the board, if anything, and why the two would fit."""

    seat: OpenSeat
    entry: BoardEntry | None
    why: str


def choose_project(person: User, *, slug: str) -> Project | None:
    """Return the open project of that name in which the person may book, or the first of them. One query."""
    projects = list(
        Project.objects.filter(
            is_open=True, qualifications__person=person, qualifications__status=QualificationStatus.ACTIVE
        ).order_by("pk")
    )
    named = [project for project in projects if project.slug == slug]
    return next(iter(named or projects), None)


def own_seat(person: User) -> OpenSeat | None:
    """Return the person's open seat with its slot, or None."""
    seats = OpenSeat.objects.standing().filter(person=person)
    return seats.select_related("slot__project", "slot__booth__studio__city").first()


def find_seats(person: User, *, project: Project, now: datetime) -> list[SeatCard]:
    """
    Return the open seats that the person may join, soonest first, with reasons; at most 30.

    Nobody's who may not book now, whom one has blocked either way, or with whom the sessions are
    used up; no slot that is closed or lacks staff. A constant number of queries.
    """
    found = list(_joinable_seats(person, project=project, now=now)[:SHOWN])
    if not found:
        return []
    today = timezone.localdate(now)
    entries = BoardEntry.objects.filter(
        project=project,
        person__in=[seat.person_id for seat in found],
        status=BoardStatus.OPEN,
        expires_at__gt=now,
    )
    by_person = {entry.person_id: entry for entry in entries}
    quotas = kept_quotas(project, today=today)
    me = _candidate(person, today=today)
    return [
        SeatCard(
            seat,
            by_person.get(seat.person_id),
            pgettext("between reasons", ", ").join(
                _reasons(me, seat=seat, fits=_fits(me, _candidate(seat.person, today=today), quotas))
            ),
        )
        for seat in found
    ]


def _joinable_seats(person: User, *, project: Project, now: datetime) -> QuerySet[OpenSeat]:
    block = Block.objects.between(person, OuterRef("person"))
    together = Pair.objects.between(person, OuterRef("person")).filter(project=project)
    counted = together.annotate(
        sessions=Count("bookings", filter=Q(bookings__in=Booking.objects.counted(now=now)))
    )
    used_up = counted.filter(sessions__gte=F("project__max_sessions_per_pair"))
    return (
        OpenSeat.objects.standing()
        .filter(
            may_record(OuterRef("person"), project=project),
            ~Exists(block),
            ~Exists(used_up),
            project=project,
            expires_at__gt=now,
            person__is_active=True,
            slot__status=SlotStatus.OPEN,
            slot__booth__is_open=True,
            slot__booth__studio__is_open=True,
        )
        .exclude(person=person)
        .annotate(was_paired=Exists(together), people=rota.staff_count(slot="slot"))
        .filter(people__gte=F("project__min_staff"))
        .select_related("person__profile", "slot__project", "slot__booth__studio__city")
        .order_by("slot__starts_at", "pk")
    )


def _fits(me: Candidate, other: Candidate, quotas: Iterable[Quota]) -> bool:
    return any(quota.lack and quota.fits(me, other) for quota in quotas)


def _reasons(me: Candidate, *, seat: OpenSeat, fits: bool) -> Iterator[str]:
    if fits:
        yield _("a pair that the project looks for")
    profile: Profile | None = getattr(seat.person, "profile", None)
    if profile and me.dialect and same_dialect(profile.dialect, me.dialect):
        yield _("same dialect")
    yield _("you were a pair before") if seat.was_paired else _("you have not recorded together yet")  # type: ignore[attr-defined]


def _candidate(person: User, *, today: date) -> Candidate:
    profile: Profile | None = getattr(person, "profile", None)
    birth_on = profile.birth_on if profile else None
    return Candidate(
        number=person.pk,
        city=0,
        times=frozenset(),
        waits_days=0,
        sex=profile.sex if profile else "",
        dialect=profile.dialect if profile else "",
        age_years=age_on(birth_on, today) if birth_on else 0,
    )
