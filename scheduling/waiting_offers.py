"""
Offering a slot that came free to the first pair that can come. Rule: R-24.

What frees a slot calls `offer_freed_slot` in its own transaction, so that nobody can be faster than the
people who wait: the offer is a hold. See docs/decisions/0018.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.claims import take_slot
from scheduling.condition_queries import IN_LINE
from scheduling.conditions import (
    BookingRefused,
    check_counts,
    check_pair,
    check_slot,
    check_staff,
    closes_at,
    local_date,
)
from scheduling.first_choice import first_choice_of_pair
from scheduling.locks import lock_qualifications
from scheduling.models import (
    Booking,
    BookingStatus,
    OpenSeat,
    Pair,
    Qualification,
    SeatStatus,
    Slot,
    WaitingEntry,
    WaitingStatus,
)
from scheduling.occupancy import AlreadyTaken, taken_people
from scheduling.reminder_plans import quiet_hours_of
from scheduling.waiting_line import OfferSpan, Place, offer_end, order_line
from scheduling.waiting_moves import move_waiting


def read_lines(
    slot_ids: Iterable[int], *, statuses: Collection[str], has_names: bool = True
) -> dict[int, list[WaitingEntry]]:
    """
    Return the entries of each slot in the order of the line. One query for any number of slots.

    Where only places are told, `has_names` spares the people of the pairs.
    """
    first = ExpressionWrapper(first_choice_of_pair("pair__"), output_field=BooleanField())
    seats = OpenSeat.objects.filter(slot=OuterRef("slot"), status=SeatStatus.RELEASED)
    in_pair = Q(person=OuterRef("pair__person_a")) | Q(person=OuterRef("pair__person_b"))
    rows = (
        WaitingEntry.objects.filter(slot__in=set(slot_ids), status__in=statuses)
        .annotate(has_first_choice=first, has_lost_seat=Exists(seats.filter(in_pair)))
        .select_related("pair")
    )
    if has_names:
        rows = rows.select_related("pair__project", "pair__person_a__profile", "pair__person_b__profile")
    lines: dict[int, dict[int, WaitingEntry]] = defaultdict(dict)
    for row in rows:
        lines[row.slot_id][row.pk] = row
    return {slot_id: [line[place.number] for place in _ordered(line)] for slot_id, line in lines.items()}


def _ordered(line: dict[int, WaitingEntry]) -> list[Place]:
    return order_line(
        Place(
            entry.pk,
            entry.made_at,
            has_first_choice=entry.has_first_choice,  # type: ignore[attr-defined]
            has_lost_seat=entry.has_lost_seat,  # type: ignore[attr-defined]
        )
        for entry in line.values()
    )


def people_in_line(slot_ids: Iterable[int]) -> list[int]:
    """
    Return the keys of the qualifications of everybody who waits for one of the slots, the slots being locked.

    Who frees a slot locks them before anything else, together with those it needs itself.
    """
    people: dict[int, set[int]] = defaultdict(set)
    for slot_id in sorted(set(slot_ids)):
        for project_id, *both in IN_LINE(slot_id=slot_id):
            people[project_id].update(both)
    return [
        key
        for project_id, ids in people.items()
        for key in Qualification.objects.filter(project=project_id, person__in=ids).values_list(
            "pk", flat=True
        )
    ]


def lock_line(slot_ids: Collection[int], *, project_id: int) -> None:
    """Lock the qualifications of everybody who waits for one of the slots. Call it right after the slots' locks."""
    if waiting := people_in_line(slot_ids):
        lock_qualifications([], project_id=project_id, also=waiting)


def offer_freed_slot(slot_id: int, *, now: datetime) -> Booking | None:
    """
    Hold the slot for the first in its line who can come, and return the hold; None when nobody can.

    Nothing is offered that others could not book either: closed, short of staff, outside of the
    window, or so near the end of booking that nobody could answer. Runs in the caller's
    transaction, under the slot's lock and those of `lock_line`. Rules: R-19 to R-22, R-24.
    """
    if not WaitingEntry.objects.waiting().filter(slot=slot_id).exists():
        return None
    slot = Slot.objects.select_related("project", "release", "booth__studio__city").get(pk=slot_id)
    until = offer_until(slot, now=now)
    if until is None or not is_bookable(slot, now=now):
        return None
    for entry in who_can_come(slot, now=now):
        try:
            with transaction.atomic():
                return _offer(entry, slot=slot, at=now, until=until)
        except AlreadyTaken:
            continue  # taken in this moment, in another slot at the same time
    return None


def _offer(entry: WaitingEntry, *, slot: Slot, at: datetime, until: datetime) -> Booking:
    move_waiting(entry, WaitingStatus.OFFERED, by=None, at=at)
    return take_slot(
        slot,
        pair=entry.pair,
        by=None,
        at=at,
        booked_by=entry.made_by,
        expires_at=until,
        waiting_entry=entry,
    )


def offer_until(slot: Slot, *, now: datetime) -> datetime | None:
    """
    Return when an offer ends that is made now, None when there is no time for one. Rules: R-22, R-24, R-25.

    Its clock stands still in the quiet hours: nobody is told then, so nobody is late.
    """
    project = slot.project
    span = OfferSpan(
        usual=timedelta(hours=project.offer_hours),
        soon=timedelta(minutes=project.offer_soon_minutes),
        soon_within=timedelta(hours=project.offer_soon_hours),
        least=timedelta(minutes=project.hold_minutes),
    )
    return offer_end(
        at=now,
        starts_at=slot.starts_at,
        closes_at=closes_at(slot),
        span=span,
        quiet=quiet_hours_of(slot),
    )


def is_bookable(slot: Slot, *, now: datetime) -> bool:
    """
    Return whether anybody could book the slot now: what is overdue on it has it until it is expired.

    Hold its lock. Rules: R-18, R-19, R-20, R-22.
    """
    booked = Booking.objects.live().filter(slot=slot)
    if booked.exists() or OpenSeat.objects.standing().filter(slot=slot).exists():
        return False
    try:
        check_slot(slot, now=now)
        check_staff(slot)
    except BookingRefused:
        return False
    return True


def who_can_come(slot: Slot, *, now: datetime) -> Iterator[WaitingEntry]:
    """Yield those in the slot's line who meet every condition of booking it, the first of them first."""
    line = read_lines([slot.pk], statuses=[WaitingStatus.WAITING]).get(slot.pk, [])
    taken = taken_people(slot, {who for entry in line for who in _people_of(entry.pair)})
    for entry in line:
        people = (entry.pair.person_a, entry.pair.person_b)
        if taken.isdisjoint(_people_of(entry.pair)) and all(person.is_active for person in people):
            try:
                check_pair(entry.pair, by=entry.pair.person_a, on=local_date(slot))
                check_counts(entry.pair, now=now)
            except BookingRefused:
                continue
            yield entry


def _people_of(pair: Pair) -> tuple[int, int]:
    return pair.person_a_id, pair.person_b_id


def check_line(slot: Slot, *, pair: Pair | None, now: datetime) -> None:
    """
    Raise BookingRefused(code="line") when a pair that can come waits for the slot before this one.

    That is so for less than a minute, until the sweeper comes. Hold the slot's lock. Rule: R-24.
    """
    if not WaitingEntry.objects.waiting().filter(slot=slot.pk).exists():
        return
    first = next(who_can_come(slot, now=now), None) if offer_until(slot, now=now) else None
    if first is not None and (pair is None or first.pair_id != pair.pk):
        raise BookingRefused(
            _(
                "Others wait for this slot and are asked first. Join the waiting list, or choose another slot."
            ),
            code="line",
        )


def offer_to(pair: Pair, *, slot: Slot) -> Booking | None:
    """Return the offer of the slot that the pair has to answer, or None."""
    offers = Booking.objects.filter(slot=slot, pair=pair, status=BookingStatus.HELD)
    return offers.filter(waiting_entry__isnull=False).first()


def follow_offer(booking: Booking, *, by: User | None, at: datetime, reason: str) -> None:
    """
    Move the waiting entry along with its offer, which was held and is so no more.

    An offer that nobody answered while the slot could not be booked gives the place back.
    """
    entry = WaitingEntry.objects.get(offers=booking)
    move_waiting(entry, _outcome(booking, by=by, at=at), by=by, at=at, reason=reason)


def _outcome(booking: Booking, *, by: User | None, at: datetime) -> WaitingStatus:
    if booking.status == BookingStatus.AWAITING_PARTNER:
        return WaitingStatus.TAKEN
    if booking.status == BookingStatus.CANCELLED:
        is_own = by is not None and by.pk in _people_of(booking.pair)
        return WaitingStatus.REFUSED if is_own else WaitingStatus.REMOVED
    slot = Slot.objects.select_related("project", "release", "booth__studio__city").get(pk=booking.slot_id)
    try:
        check_staff(slot)
        if at < closes_at(slot):
            check_slot(slot, now=at)
    except BookingRefused:
        return WaitingStatus.WAITING
    return WaitingStatus.MISSED
