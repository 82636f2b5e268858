"""The waiting list of a full slot: joining, leaving, and the sweeps. Rule: R-24."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.apart import do_apart
from accounts.models import User
from scheduling.conditions import check_pair, check_slot, local_date
from scheduling.holds import check_same_project
from scheduling.locks import lock_qualifications, lock_slots
from scheduling.models import (
    Booking,
    BookingEvent,
    OpenSeat,
    Pair,
    Project,
    ShiftEvent,
    Slot,
    SlotEvent,
    SlotStatus,
    WaitingEntry,
    WaitingEvent,
    WaitingStatus,
)
from scheduling.models.booking import LIVE_STATUSES
from scheduling.models.waiting import IN_LINE
from scheduling.occupancy import taken_people
from scheduling.retries import retried
from scheduling.rota import staff_count
from scheduling.waiting_moves import WaitingRefused, move_waiting
from scheduling.waiting_offers import (
    is_bookable,
    lock_line,
    offer_freed_slot,
    offer_until,
    read_lines,
    who_can_come,
)

# A sweep looks at so many slots a minute; when more wait, the next minute goes on with the others.
SLOTS_A_SWEEP = 200
ENTRIES_A_SWEEP = 500
# How long somebody reads on their page what became of their place.
TOLD_FOR = timedelta(days=3)


@retried
@transaction.atomic
def join_line(slot_id: int, *, pair: Pair, by: User, now: datetime) -> WaitingEntry:
    """
    Put the pair on the waiting list of a full slot and return its entry.

    Raise WaitingRefused: "not_full" (it can be taken), "yours" (one of the two has it),
    "same_time" (one of them is somewhere else then), "already", "enough" (the project's
    `max_waiting_entries`), "list_full" (`waiting_places`); BookingRefused for a slot or a pair
    that could not book. Locks the slot, then both qualifications. Rules: R-22, R-24.
    """
    slot = lock_slots([slot_id])[slot_id]
    check_slot(slot, now=now)
    check_same_project(slot, pair=pair)
    check_pair(pair, by=by, on=local_date(slot))
    people = (pair.person_a_id, pair.person_b_id)
    lock_qualifications(people, project_id=slot.project_id)
    _check_full(slot, people=people, now=now)
    _check_room(slot, pair=pair)
    entry = WaitingEntry.objects.create(project=slot.project, slot=slot, pair=pair, made_by=by, made_at=now)
    WaitingEvent.objects.create(entry=entry, new=entry.status, by=by, at=now)
    return entry


def _check_full(slot: Slot, *, people: tuple[int, int], now: datetime) -> None:
    """Refuse a slot that can be taken, and people who have it or are somewhere else then."""
    holders = _holders(slot, now=now)
    if not holders:
        raise WaitingRefused(_("Nobody has this slot at the moment. Look at it again."), code="not_full")
    if holders & set(people):
        raise WaitingRefused(_("One of you has this slot already."), code="yours")
    if taken_people(slot, people):
        raise WaitingRefused(
            _("One of you is in another session at this time. Choose another slot to wait for."),
            code="same_time",
        )


def _holders(slot: Slot, *, now: datetime) -> set[int]:
    """Return who has the slot: the two of its booking, or the one who has it alone."""
    bookings = Booking.objects.standing(now=now).filter(slot=slot)
    seats = OpenSeat.objects.standing().filter(slot=slot).values_list("person", flat=True)
    return set(bookings.values_list("pair__person_a", "pair__person_b").first() or seats)


def _check_room(slot: Slot, *, pair: Pair) -> None:
    """Refuse a second entry, and one too many of the pair or of the slot. Hold both locks."""
    mine = WaitingEntry.objects.in_line().filter(pair=pair)
    if mine.filter(slot=slot).exists():
        raise WaitingRefused(_("You two are on this waiting list already."), code="already")
    if mine.count() >= slot.project.max_waiting_entries:
        raise WaitingRefused(
            _("You two wait for %(count)d slots already. Leave one of the lists first."),
            code="enough",
            params={"count": slot.project.max_waiting_entries},
        )
    if WaitingEntry.objects.in_line().filter(slot=slot).count() >= slot.project.waiting_places:
        raise WaitingRefused(
            _("This waiting list is full: hardly anybody on it will have a chance. Choose another slot."),
            code="list_full",
        )


@retried
@transaction.atomic
def leave_line(entry: WaitingEntry, *, by: User, now: datetime) -> None:
    """
    Take one's pair off a waiting list.

    Raise WaitingRefused: "not_yours", "offered" (there is an offer to answer), "over".
    Locks the slot. Rule: R-24.
    """
    _lock(entry)
    if by.pk not in (entry.pair.person_a_id, entry.pair.person_b_id):
        raise WaitingRefused(_("This is somebody else's place."), code="not_yours")
    if entry.status == WaitingStatus.OFFERED:
        raise WaitingRefused(_("The slot is offered to you two now: say yes or no to it."), code="offered")
    move_waiting(entry, WaitingStatus.LEFT, by=by, at=now)


@retried
@transaction.atomic
def remove_from_line(entry: WaitingEntry, *, by: User, now: datetime, reason: str) -> None:
    """
    Let staff take a pair off a waiting list; the two read the reason.

    Raise WaitingRefused: "reason_needed", "offered" (cancel the offer, which is a hold), "over".
    Locks the slot. Rule: R-24.
    """
    _lock(entry)
    if not reason.strip():
        raise WaitingRefused(_("Write the reason: both people will read it."), code="reason_needed")
    if entry.status == WaitingStatus.OFFERED:
        raise WaitingRefused(_("The slot is offered to them now. Cancel the hold instead."), code="offered")
    move_waiting(entry, WaitingStatus.REMOVED, by=by, at=now, reason=reason)


def _lock(entry: WaitingEntry) -> None:
    lock_slots([entry.slot_id])
    entry.refresh_from_db(fields=["status"])


def sweep_lines(*, now: datetime) -> int:
    """
    Offer what came free without an offer, and close the lists whose time is over; return how many slots were offered.

    Run each minute; two runs at once share the work. Rule: R-24.
    """
    lapse_entries(now=now)
    ids = _free_slots_with_a_line(now=now)
    first = int(now.timestamp()) // 60 * SLOTS_A_SWEEP % max(len(ids), 1) if len(ids) > SLOTS_A_SWEEP else 0
    chosen = (ids[first:] + ids[:first])[:SLOTS_A_SWEEP]
    offered = (do_apart(partial(offer_slot, pk, now=now), what=f"offering slot {pk}") for pk in chosen)
    return sum(map(bool, offered))


@retried
@transaction.atomic
def offer_slot(slot_id: int, *, now: datetime) -> bool:
    """Offer the slot to its line, if it is free; return whether it was. Locks the slot and its line."""
    slot = lock_slots([slot_id])[slot_id]
    lock_line([slot_id], project_id=slot.project_id)
    return offer_freed_slot(slot_id, now=now) is not None


def _free_slots_with_a_line(*, now: datetime) -> list[int]:
    """Return the open, staffed slots that nobody has and a pair waits for."""
    line = WaitingEntry.objects.waiting().filter(slot=OuterRef("pk"))
    # Overdue ones stand until they are expired, which offers the slot by itself.
    live = Booking.objects.filter(slot=OuterRef("pk"), status__in=LIVE_STATUSES)
    seat = OpenSeat.objects.standing().filter(slot=OuterRef("pk"))
    slots = Slot.objects.filter(
        Exists(line),
        ~Exists(live),
        ~Exists(seat),
        status=SlotStatus.OPEN,
        booth__is_open=True,
        booth__studio__is_open=True,
        project__is_open=True,
        starts_at__gt=now,
    ).annotate(people=staff_count())
    rows = slots.order_by("starts_at", "pk").values_list("pk", "people", "project__min_staff")
    return [pk for pk, people, least in rows if people >= least]


def forgotten_slots(*, now: datetime) -> list[int]:
    """
    Return the slots that are free for their line and were not offered within five sweeps, though a pair can come.

    There are none as long as the worker runs. It takes some queries for each free slot with a line.
    """
    since = now - 5 * timedelta(minutes=1)
    forgotten = []
    for pk in _free_slots_with_a_line(now=now):
        slot = Slot.objects.select_related("project", "release", "booth__studio__city").get(pk=pk)
        is_new = (
            BookingEvent.objects.filter(booking__slot=pk, at__gt=since).exists()
            or ShiftEvent.objects.filter(shift__slot=pk, at__gt=since).exists()
            or SlotEvent.objects.filter(slot=pk, at__gt=since).exists()
        )
        if not is_new and offer_until(slot, now=now) and is_bookable(slot, now=now):
            first = next(who_can_come(slot, now=now), None)
            if first is not None and first.made_at <= since:
                forgotten.append(pk)
    return forgotten


def lapse_entries(*, now: datetime) -> int:
    """Close the entries whose slot can be booked no more, or whose pair has ended; return how many."""
    over = Q(pair__ended_at__isnull=False)
    projects = Project.objects.filter(waiting_entries__status=WaitingStatus.WAITING).distinct()
    for pk, hours in projects.values_list("pk", "booking_closes_hours"):
        over |= Q(project=pk, slot__starts_at__lte=now + timedelta(hours=hours))
    ids = list(
        WaitingEntry.objects.waiting().filter(over).order_by("slot", "pk").values_list("pk", flat=True)
    )
    lapsed = (
        do_apart(partial(_lapse, pk, now=now), what=f"waiting entry {pk}") for pk in ids[:ENTRIES_A_SWEEP]
    )
    return sum(map(bool, lapsed))


@retried
@transaction.atomic
def _lapse(entry_id: int, *, now: datetime) -> bool:
    entry = WaitingEntry.objects.get(pk=entry_id)
    _lock(entry)
    if entry.status != WaitingStatus.WAITING:
        return False
    move_waiting(entry, WaitingStatus.LAPSED, by=None, at=now)
    return True


@dataclass(frozen=True)
class LinePlace:
    """An entry with its place, counted from 1, in a line of so many."""

    entry: WaitingEntry
    place: int
    length: int


def places_in(slot_ids: Iterable[int], *, has_names: bool = True) -> dict[int, list[LinePlace]]:
    """Return everybody in the line of each slot with their place. One query."""
    return {
        slot_id: [LinePlace(entry, number, len(line)) for number, entry in enumerate(line, 1)]
        for slot_id, line in read_lines(slot_ids, statuses=IN_LINE, has_names=has_names).items()
    }


@dataclass(frozen=True)
class Line:
    """The line of a slot as one person sees it: how many pairs wait, and their own place, if they do."""

    length: int
    own: LinePlace | None


def line_for(slot: Slot, *, person: User) -> Line:
    """Return the slot's line with the person's own place. One query."""
    line = places_in([slot.pk], has_names=False).get(slot.pk, [])
    own = [one for one in line if person.pk in (one.entry.pair.person_a_id, one.entry.pair.person_b_id)]
    return Line(len(line), own[0] if own else None)


def places_of(person: User) -> list[LinePlace]:
    """Return the places at which the person waits, earliest slot first; offers are bookings. Two queries."""
    mine = WaitingEntry.objects.of(person).waiting().select_related("slot__booth__studio__city")
    entries = {entry.pk: entry for entry in mine.order_by("slot__starts_at", "pk")}
    lines = places_in({entry.slot_id for entry in entries.values()}, has_names=False)
    found = {place.entry.pk: place for line in lines.values() for place in line}
    return [
        LinePlace(entry, found[pk].place, found[pk].length) for pk, entry in entries.items() if pk in found
    ]


def ended_lately(person: User, *, now: datetime) -> list[WaitingEntry]:
    """Return the places that the person lost within three days by no act of theirs, with the reason as `why`."""
    ends = [WaitingStatus.MISSED, WaitingStatus.REMOVED, WaitingStatus.LAPSED]
    events = (
        WaitingEvent.objects.filter(new__in=ends, at__gt=now - TOLD_FOR)
        .filter(Q(entry__pair__person_a=person) | Q(entry__pair__person_b=person))
        .select_related("entry__slot__booth__studio__city")
        .order_by("-at", "-pk")
    )
    found = []
    for event in events:
        event.entry.why = event.reason  # type: ignore[attr-defined]
        found.append(event.entry)
    return found
