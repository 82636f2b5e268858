"""Reading what the planner of the rota needs: slots and staff as plain values, a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Func, IntegerField, Q, QuerySet, Sum

from accounts.models import User
from scheduling.board import part_of
from scheduling.models import (
    Booking,
    Shift,
    ShiftStatus,
    Slot,
    StaffTerms,
    Studio,
    StudioStaff,
)
from scheduling.models.booking import LIVE_STATUSES
from scheduling.rota_values import Place, Span, StudioTerms, Worker
from scheduling.timetable import week_start
from scheduling.working_times import read_answers

# Shares are evened out over so many weeks before the one that is planned.
FAIR_WEEKS = 4
A_DAY = timedelta(days=1)


def place_of(slot: Slot, *, lacks: int = 0, is_booked: bool = False) -> Place:
    """Return the slot as the planner sees it; `booth__studio__city` should be fetched already."""
    studio = slot.booth.studio
    place = _place_in(
        studio, terms_of_studio(studio), number=slot.pk, starts_at=slot.starts_at, ends_at=slot.ends_at
    )
    return replace(place, lacks=lacks, is_booked=is_booked) if lacks or is_booked else place


def _place_in(
    studio: Studio, terms: StudioTerms, *, number: int, starts_at: datetime, ends_at: datetime
) -> Place:
    start = starts_at.astimezone(ZoneInfo(studio.city.timezone))
    return Place(
        number=number,
        starts_at=starts_at,
        ends_at=ends_at,
        on=start.date(),
        part=part_of(start).value,
        studio=studio.pk,
        city=studio.city_id,
        terms=terms,
    )


def terms_of_studio(studio: Studio) -> StudioTerms:
    """Return the limits and ways of the studio."""
    return StudioTerms(
        per_day=studio.max_shifts_per_day,
        per_week=studio.max_shifts_per_week,
        pause=timedelta(minutes=studio.shift_pause_minutes),
        travel=timedelta(minutes=studio.travel_minutes),
    )


def staff_of(studio_ids: Collection[int]) -> QuerySet[User]:
    """Return the people whom a rota of one of the studios can name."""
    works_here = StudioStaff.objects.filter(studio__in=studio_ids).values("person")
    return User.objects.filter(pk__in=works_here, is_active=True)


def read_workers(people: Iterable[User], places: Collection[Place]) -> list[Worker]:
    """
    Return the people as the planner sees them, with all that counts around the days of the places.

    Nine queries for any number of people.
    """
    people_ids = [person.pk for person in people]
    if not places or not people_ids:
        return []
    first_on = week_start(min(place.on for place in places))
    last_on = week_start(max(place.on for place in places)) + 7 * A_DAY
    terms = {row.person_id: row for row in StaffTerms.objects.filter(person__in=people_ids)}
    answers = read_answers(people_ids, terms=terms, from_on=first_on)
    studios = _studios_of(people_ids)
    shifts = _shifts_of(people_ids, first_on=first_on - A_DAY, last_on=last_on + A_DAY)
    taken = _sessions_of(people_ids, places)
    loads = _loads_of(people_ids, first_on=first_on, last_on=last_on)
    return [
        Worker(
            number=number,
            studios=frozenset(studios[number]),
            answers=answers[number],
            shifts=tuple(shifts[number]),
            taken=tuple(taken[number]),
            per_day=terms[number].max_shifts_per_day if number in terms else None,
            per_week=terms[number].max_shifts_per_week if number in terms else None,
            wished_minutes=60
            * (terms[number].wished_hours if number in terms else StaffTerms().wished_hours),
            load_minutes=loads.get(number, 0),
        )
        for number in people_ids
    ]


def _studios_of(people_ids: Collection[int]) -> defaultdict[int, set[int]]:
    studios: defaultdict[int, set[int]] = defaultdict(set)
    rows = StudioStaff.objects.filter(person__in=people_ids)
    for person_id, studio_id in rows.values_list("person_id", "studio_id"):
        studios[person_id].add(studio_id)
    return studios


def _shifts_of(
    people_ids: Collection[int], *, first_on: date, last_on: date
) -> defaultdict[int, list[Place]]:
    """Return where each of the people is, earliest first. A slot with several of them is read once."""
    rows = Shift.objects.filter(_assigned_between(first_on, last_on), person__in=people_ids)
    staff: defaultdict[int, list[int]] = defaultdict(list)
    for person_id, number in rows.order_by("pk").values_list("person_id", "slot_id"):
        staff[number].append(person_id)
    # Some hundred shifts are in a few studios: each of those is read once.
    studios = {studio.pk: studio for studio in Studio.objects.select_related("city")}
    terms = {pk: terms_of_studio(studio) for pk, studio in studios.items()}
    shifts: defaultdict[int, list[Place]] = defaultdict(list)
    for number, starts_at, ends_at, studio_id in (
        _slots_between(first_on, last_on)
        .order_by("starts_at", "pk")
        .values_list("pk", "starts_at", "ends_at", "booth__studio_id")
    ):
        if number in staff:
            place = _place_in(
                studios[studio_id], terms[studio_id], number=number, starts_at=starts_at, ends_at=ends_at
            )
            for person_id in staff[number]:
                shifts[person_id].append(place)
    return shifts


def _assigned_between(first_on: date, last_on: date) -> Q:
    """Return the condition of standing shifts that may begin between the days, wherever they are."""
    return Q(status=ShiftStatus.ASSIGNED, slot__in=_slots_between(first_on, last_on).values("pk"))


def _slots_between(first_on: date, last_on: date) -> QuerySet[Slot]:
    first, last = (
        datetime.combine(on, datetime.min.time(), tzinfo=ZoneInfo("UTC")) for on in (first_on, last_on)
    )
    return Slot.objects.filter(starts_at__gte=first - A_DAY, starts_at__lt=last + A_DAY)


def _sessions_of(people_ids: Collection[int], places: Collection[Place]) -> defaultdict[int, list[Span]]:
    """Return when the people take part in sessions themselves: staff may be participants too."""
    first, last = min(place.starts_at for place in places), max(place.ends_at for place in places)
    bookings = (
        Booking.objects.filter(
            Q(pair__person_a__in=people_ids) | Q(pair__person_b__in=people_ids),
            status__in=LIVE_STATUSES,
            slot__starts_at__lt=last,
            slot__ends_at__gt=first,
        )
        .values_list("pair__person_a_id", "pair__person_b_id", "slot__starts_at", "slot__ends_at")
        .order_by("slot__starts_at")
    )
    taken: defaultdict[int, list[Span]] = defaultdict(list)
    for one, other, starts_at, ends_at in bookings:
        taken[one].append((starts_at, ends_at))
        taken[other].append((starts_at, ends_at))
    return taken


def _loads_of(people_ids: Collection[int], *, first_on: date, last_on: date) -> dict[int, int]:
    """Return the minutes of everybody's shifts in the weeks planned and the `FAIR_WEEKS` before."""
    within = _assigned_between(first_on - FAIR_WEEKS * 7 * A_DAY, last_on)
    rows = Shift.objects.filter(within, person__in=people_ids).order_by()
    return dict(
        rows.values_list("person_id").annotate(load=Sum(_Minutes("slot__ends_at", "slot__starts_at")))
    )


class _Minutes(Func):
    """Minutes from the second moment to the first. Django subtracts in Python where SQLite can do it itself."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(ROUND((julianday(%(expressions)s)) * 1440) AS INTEGER)"
        context |= {"template": template, "arg_joiner": ") - julianday("}
        return self.as_sql(compiler, connection, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(EXTRACT(EPOCH FROM (%(expressions)s)) / 60 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)


def name_of(person: User) -> str:
    """Return the name of a member of staff, the pseudonym where there is none; `profile` should be fetched already."""
    profile = getattr(person, "profile", None)
    return profile.name if profile and profile.name else person.pseudonym
