"""
The draw of a release: each ticket in its turn gets the dearest wish that can still be had. Rule: R-45.

It may be run twice, by two workers at once, and again after one was killed: whoever holds the
release's row takes the next ticket, in a transaction of its own, and what is decided stands on
the ticket.
"""

from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.apart import do_apart
from scheduling.bookings import accept_booking
from scheduling.claims import take_slot
from scheduling.conditions import (
    BookingRefused,
    check_counts,
    check_free,
    check_offered,
    check_pair,
    check_staff,
    local_date,
)
from scheduling.draw import Entry, order_entries
from scheduling.first_choice import people_with_first_choice
from scheduling.holds import answer_until, lock_people, overdue_in_the_way, reclaim
from scheduling.locks import lock_slots
from scheduling.models import (
    Booking,
    BookingCause,
    BookingStatus,
    Release,
    ReleaseStatus,
    Slot,
    Ticket,
    TicketStatus,
)
from scheduling.occupancy import AlreadyTaken
from scheduling.releases import begin_draw, lock_release, move_release
from scheduling.retries import retried
from scheduling.tickets import move_ticket

TAKEN = "taken"


def draw_due_releases(*, now: datetime) -> int:
    """
    Begin the draws whose moment has come, and go on with those that were cut; return how many. Run each minute.

    One that breaks is logged and keeps no other waiting. Rule: R-45.
    """
    waiting = [ReleaseStatus.PLANNED, ReleaseStatus.DRAWING]
    due = Release.objects.filter(status__in=waiting, opens_at__lte=now).order_by("opens_at", "pk")
    keys = list(due.values_list("pk", flat=True))
    drawn = [do_apart(partial(_draw, pk, now=now), what=f"the draw of release {pk}") for pk in keys]
    return sum(map(bool, drawn))


def _draw(release_id: int, *, now: datetime) -> bool:
    draw_release(Release.objects.get(pk=release_id), now=now)
    return True


def draw_release(release: Release, *, now: datetime) -> int:
    """
    Draw the tickets of a release whose moment has come; return how many this call decided.

    Then the slots that are left open for everybody. Rule: R-45.
    """
    begin_draw(release, now=now)
    place_tickets(release.pk)
    decided = 0
    while decide_next(release.pk, now=now):
        decided += 1
    return decided


@retried
@transaction.atomic
def place_tickets(release_id: int) -> None:
    """Write the place of each ticket, all or none, once. Locks the release row. Rules: R-26, R-45."""
    release = Release.objects.get(pk=release_id)
    lock_release(release)
    tickets = list(release.tickets.filter(status=TicketStatus.ENTERED, place=None).select_related("pair"))
    if release.status != ReleaseStatus.DRAWING or not tickets:
        return
    people = {person for ticket in tickets for person in (ticket.pair.person_a_id, ticket.pair.person_b_id)}
    first = people_with_first_choice(people, project=release.project)
    for ticket in tickets:
        ticket.is_first_choice = not first.isdisjoint((ticket.pair.person_a_id, ticket.pair.person_b_id))
    entries = [Entry(ticket.number, is_first_choice=ticket.is_first_choice) for ticket in tickets]
    order = order_entries(entries, seed=release.seed)
    place_of = {entry.number: place for place, entry in enumerate(order, start=1)}
    for ticket in tickets:
        ticket.place = place_of[ticket.number]
    Ticket.objects.bulk_update(tickets, ["place", "is_first_choice"], batch_size=200)


@retried
@transaction.atomic
def decide_next(release_id: int, *, now: datetime) -> bool:
    """
    Decide the ticket whose turn it is; return False when there is none: the release opens with the last one.

    Locks the release row, so that turns pass one by one, whoever draws; then as a hold does. Rule: R-45.
    """
    release = Release.objects.get(pk=release_id)
    lock_release(release)
    if release.status != ReleaseStatus.DRAWING:
        return False
    entered = release.tickets.filter(status=TicketStatus.ENTERED)
    ticket = (
        entered.filter(place__isnull=False)
        .select_related("pair__person_a", "pair__person_b", "pair__project", "entered_by", "signed_by")
        .order_by("place")
        .first()
    )
    if ticket is None:
        if not entered.exists():  # else whoever began the draw is about to give the places
            move_release(release, ReleaseStatus.OPEN, by=None, at=now)
        return False
    booking, why = _take_dearest(ticket, now=now)
    if booking is None:
        move_ticket(ticket, TicketStatus.UNLUCKY, by=None, at=now, why=why)
    else:
        move_ticket(ticket, TicketStatus.WON, by=None, at=now, booking=booking)
    return True


def _take_dearest(ticket: Ticket, *, now: datetime) -> tuple[Booking | None, str]:
    """Return the booking of the dearest wish that can be had, or why there is none: the code of a refusal."""
    wished = list(ticket.wishes.order_by("rank").values_list("slot_id", flat=True))
    taken = Booking.objects.standing(now=now).filter(slot__in=wished).values_list("slot_id", flat=True)
    free = [slot_id for slot_id in wished if slot_id not in set(taken)]
    if not free:
        return None, TAKEN
    in_the_way = {row for slot_id in free for row in overdue_in_the_way(slot_id, pair=ticket.pair, now=now)}
    slots = lock_slots([*free, *(row.slot_id for row in in_the_way)])
    try:
        lock_people(ticket.pair, by=ticket.entered_by, slot_ids=slots)
    except BookingRefused as refusal:
        return None, str(refusal.code)
    reclaim(sorted(in_the_way, key=lambda row: row.pk), now=now)
    why = TAKEN
    for slot_id in free:
        try:
            return _give(slots[slot_id], ticket=ticket, now=now), ""
        except (BookingRefused, AlreadyTaken) as refusal:
            why = str(refusal.code) if why == TAKEN else why
    return None, why


@transaction.atomic
def _give(slot: Slot, *, ticket: Ticket, now: datetime) -> Booking:
    """
    Book the slot for the ticket's pair; the partner's yes is asked for, or was given beforehand.

    Raise BookingRefused and AlreadyTaken as `hold_slot`; then nothing is written. Rules: R-17 to R-22.
    """
    check_free(slot, now=now)
    check_offered(slot, now=now)
    check_staff(slot)
    check_pair(ticket.pair, by=ticket.entered_by, on=local_date(slot))
    check_counts(ticket.pair, now=now)
    booking = take_slot(
        slot,
        pair=ticket.pair,
        by=ticket.entered_by,
        at=now,
        cause=BookingCause.DRAWN,
        booked_by=ticket.entered_by,
        status=BookingStatus.AWAITING_PARTNER,
        expires_at=answer_until(slot, now=now),
    )
    if ticket.signed_by is not None:
        accept_booking(booking, by=ticket.signed_by, now=now)
    return booking
