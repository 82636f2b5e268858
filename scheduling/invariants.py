"""Sweeps over the bookings: what the guard promises, read back from the rows themselves. Empty when all is well."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from scheduling import release_sweeps
from scheduling.event_logs import find_torn
from scheduling.models import (
    BoardEntry,
    BoardEvent,
    BoardStatus,
    Booking,
    BookingEvent,
    BookingStatus,
    Occupancy,
    OpenSeat,
    Pair,
    Release,
    ReleaseEvent,
    Reminder,
    ReminderEvent,
    ReminderStatus,
    Report,
    ReportEvent,
    SeatStatus,
    Shift,
    ShiftEvent,
    ShiftStatus,
    SlotStatus,
    Ticket,
    TicketEvent,
)
from scheduling.models.booking import LIVE_STATUSES, UNFINISHED_STATUSES
from scheduling.occupancy import ticks_between
from scheduling.rota_invariants import find_broken_swaps
from scheduling.standing_sweeps import find_unsettled
from scheduling.waiting_sweeps import find_broken_lines, find_broken_seats

# A shift withdrawn while somebody confirmed: both read their clocks before they waited for the lock.
CLOCK_SLACK = timedelta(seconds=60)

# Built from the claims alone, so that it finds what a broken Occupancy would hide.
OVERLAPS = """
WITH claim AS (
    SELECT 'booking' AS noun, b.id, 'booth' AS kind, s.booth_id AS resource_id, s.starts_at, s.ends_at
      FROM scheduling_booking b JOIN scheduling_slot s ON s.id = b.slot_id WHERE b.status IN ({live})
    UNION ALL
    SELECT 'booking', b.id, 'person', p.person_a_id, s.starts_at, s.ends_at
      FROM scheduling_booking b JOIN scheduling_slot s ON s.id = b.slot_id
      JOIN scheduling_pair p ON p.id = b.pair_id WHERE b.status IN ({live})
    UNION ALL
    SELECT 'booking', b.id, 'person', p.person_b_id, s.starts_at, s.ends_at
      FROM scheduling_booking b JOIN scheduling_slot s ON s.id = b.slot_id
      JOIN scheduling_pair p ON p.id = b.pair_id WHERE b.status IN ({live})
    UNION ALL
    SELECT 'shift', h.id, 'person', h.person_id, s.starts_at, s.ends_at
      FROM scheduling_shift h JOIN scheduling_slot s ON s.id = h.slot_id WHERE h.status = 'assigned'
    UNION ALL
    SELECT 'seat', o.id, 'booth', s.booth_id, s.starts_at, s.ends_at
      FROM scheduling_openseat o JOIN scheduling_slot s ON s.id = o.slot_id WHERE o.status = 'open'
    UNION ALL
    SELECT 'seat', o.id, 'person', o.person_id, s.starts_at, s.ends_at
      FROM scheduling_openseat o JOIN scheduling_slot s ON s.id = o.slot_id WHERE o.status = 'open'
), neighbour AS (
    SELECT noun, id, kind, resource_id, starts_at,
           LAG(ends_at) OVER beside AS before_ends_at,
           LAG(noun) OVER beside AS before_noun, LAG(id) OVER beside AS before_id
      FROM claim WINDOW beside AS (PARTITION BY kind, resource_id ORDER BY starts_at, ends_at, noun, id)
)
SELECT kind, resource_id, before_noun, before_id, noun, id
  FROM neighbour WHERE starts_at < before_ends_at ORDER BY kind, resource_id, starts_at
"""


def broken_bookings() -> list[str]:
    """Return claims that overlap, and bookings whose log disagrees or whose slot is closed. Rules: R-18, R-20."""
    return [
        *_overlaps(),
        *find_torn("booking", Booking.objects.all(), BookingEvent.objects.filter(booking=OuterRef("pk"))),
        *_bookings_of_closed_slots(),
    ]


def _overlaps() -> Iterator[str]:
    live = ", ".join(f"'{status}'" for status in LIVE_STATUSES)
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS.format(live=live))
        rows = cursor.fetchall()
    for kind, resource_id, before_noun, before_id, noun, claim_id in rows:
        yield f"{kind} {resource_id} is in {before_noun} {before_id} and {noun} {claim_id} at one time"


def _bookings_of_closed_slots() -> Iterator[str]:
    closed = Booking.objects.filter(status__in=UNFINISHED_STATUSES, slot__status=SlotStatus.CLOSED)
    for booking_id, slot_id in closed.order_by("pk").values_list("pk", "slot_id"):
        yield f"booking {booking_id} is on slot {slot_id}, which is closed"


def broken_occupancy() -> list[str]:
    """Return the claims without exactly their half hours, and the half hours without a live claim. Rule: R-20."""
    return [*_stray_rows(), *_incomplete_bookings(), *_incomplete_shifts(), *_incomplete_seats()]


def _stray_rows() -> Iterator[str]:
    ended = Q(booking__isnull=False) & ~Q(booking__status__in=LIVE_STATUSES)
    withdrawn = Q(shift__isnull=False) & ~Q(shift__status=ShiftStatus.ASSIGNED)
    given_up = Q(seat__isnull=False) & ~Q(seat__status=SeatStatus.OPEN)
    stray = Occupancy.objects.filter(ended | withdrawn | given_up).order_by("kind", "resource_id", "tick")
    for kind, who, tick, *claims in stray.values_list(
        "kind", "resource_id", "tick", "booking_id", "shift_id", "seat_id"
    ):
        nouns = zip(("booking", "shift", "seat"), claims, strict=True)
        claim = next(f"{noun} {pk}" for noun, pk in nouns if pk)
        yield f"{kind} {who} is still taken at {tick} by {claim}, which has ended"


Taken = dict[tuple[int, str, int], range]


def _taken_by(noun: str) -> Taken:
    """Return the ticks by (claim, kind, resource); a span with a hole in it counts as empty."""
    rows = (
        Occupancy.objects.filter(**{f"{noun}__isnull": False})
        .order_by()
        .values_list(f"{noun}_id", "kind", "resource_id")
        .annotate(first=Min("tick"), last=Max("tick"), count=Count("pk"))
    )
    return {
        (claim, kind, resource): range(first, last + 1) if last - first + 1 == count else range(0)
        for claim, kind, resource, first, last, count in rows
    }


def _incomplete_bookings() -> Iterator[str]:
    taken = _taken_by("booking")
    bookings = (
        Booking.objects.live()
        .order_by("pk")
        .values_list(
            "pk",
            "slot__starts_at",
            "slot__ends_at",
            "slot__booth_id",
            "pair__person_a_id",
            "pair__person_b_id",
        )
    )
    for pk, starts_at, ends_at, booth, *people in bookings:
        wanted = ticks_between(starts_at, ends_at)
        # The turnover of that day is not known any more: at least the slot itself is taken.
        of_booth = taken.pop((pk, "booth", booth), range(0))
        of_people = [taken.pop((pk, "person", person), range(0)) for person in people]
        if of_booth[: len(wanted)] != wanted or of_people != [wanted, wanted]:
            yield f"booking {pk} does not take all of its booth's and people's time"
    live = set(Booking.objects.live().values_list("pk", flat=True))
    yield from (f"booking {pk} takes {kind} {who}, not its own" for pk, kind, who in taken if pk in live)


def _incomplete_shifts() -> Iterator[str]:
    taken = _taken_by("shift")
    shifts: Iterable[tuple[Any, ...]] = (
        Shift.objects.filter(status=ShiftStatus.ASSIGNED)
        .order_by("pk")
        .values_list("pk", "person_id", "slot__starts_at", "slot__ends_at")
    )
    for pk, person, starts_at, ends_at in shifts:
        if taken.get((pk, "person", person), range(0)) != ticks_between(starts_at, ends_at):
            yield f"shift {pk} does not take all of its person's time"


def _incomplete_seats() -> Iterator[str]:
    taken = _taken_by("seat")
    seats = OpenSeat.objects.standing().order_by("pk")
    rows = seats.values_list("pk", "person_id", "slot__booth_id", "slot__starts_at", "slot__ends_at")
    for pk, person, booth, starts_at, ends_at in rows:
        wanted = ticks_between(starts_at, ends_at)
        of_booth = taken.get((pk, "booth", booth), range(0))
        if taken.get((pk, "person", person)) != wanted or of_booth[: len(wanted)] != wanted:
            yield f"seat {pk} does not take all of its booth's and person's time"


def broken_reminders() -> list[str]:
    """Return the reminders that wait for what is not confirmed any more, or whose log disagrees. Rule: R-25."""
    events = ReminderEvent.objects.filter(reminder=OuterRef("pk"))
    return [
        *_reminders_of_the_ended(),
        *find_torn("reminder", Reminder.objects.all(), events, first=ReminderStatus.WAITING),
    ]


def _reminders_of_the_ended() -> Iterator[str]:
    waiting = Reminder.objects.filter(status=ReminderStatus.WAITING)
    stray = waiting.exclude(booking__status=BookingStatus.CONFIRMED)
    for pk in stray.order_by("pk").values_list("pk", flat=True):
        yield f"reminder {pk} waits for a booking that has ended"


def broken_rota(*, now: datetime | None = None) -> list[str]:
    """
    Return the coming bookings that were confirmed on a slot with too few staff.

    Somebody who was withdrawn after the confirmation is no fault of it: the manager is
    told of that (`rota.understaffed`). Rule: R-19.
    """
    assigned = (
        Shift.objects.filter(slot=OuterRef("slot"), status=ShiftStatus.ASSIGNED)
        .order_by()
        .values("slot")
        .annotate(people=Count("pk"))
        .values("people")
    )
    left_since = (
        ShiftEvent.objects.filter(
            shift__slot=OuterRef("slot"),
            new=ShiftStatus.WITHDRAWN,
            at__gte=OuterRef("confirmed_at") - CLOCK_SLACK,
        )
        .order_by()
        .values("shift__slot")
        .annotate(people=Count("pk"))
        .values("people")
    )
    bookings = Booking.objects.filter(
        status=BookingStatus.CONFIRMED, slot__ends_at__gt=now or timezone.now()
    ).annotate(staff=Coalesce(Subquery(assigned), 0) + Coalesce(Subquery(left_since), 0))
    short = bookings.filter(staff__lt=F("slot__project__min_staff")).order_by("pk")
    return [
        f"booking {pk} was confirmed on slot {slot_id} with {staff} staff"
        for pk, slot_id, staff in short.values_list("pk", "slot_id", "staff")
    ]


def broken_swaps(*, now: datetime | None = None) -> list[str]:
    """Return the swap requests and escalations that are not what the rota says. Rule: R-19."""
    return find_broken_swaps(now=now or timezone.now())


def broken_board() -> list[str]:
    """
    Return the board entries and reports whose log disagrees, and the entries of people who were paired after them.

    Rule: R-16.
    """
    return [
        *find_torn("board entry", BoardEntry.objects.all(), BoardEvent.objects.filter(entry=OuterRef("pk"))),
        *find_torn("report", Report.objects.all(), ReportEvent.objects.filter(report=OuterRef("pk"))),
        *_entries_of_the_paired(),
    ]


def broken_releases() -> list[str]:
    """Return what contradicts a fair draw: slots sold before their moment, another seed, a torn log. Rule: R-45."""
    return [
        *find_torn("release", Release.objects.all(), ReleaseEvent.objects.filter(release=OuterRef("pk"))),
        *find_torn("ticket", Ticket.objects.all(), TicketEvent.objects.filter(ticket=OuterRef("pk"))),
        *release_sweeps.changed_seeds(),
        *release_sweeps.early_bookings(),
        *release_sweeps.undecided_tickets(),
        *release_sweeps.unwished_slots(),
        *release_sweeps.people_twice(),
    ]


def broken_standings() -> list[str]:
    """Return the qualifications whose log disagrees, and those that no-shows should have moved. Rule: R-26."""
    return find_unsettled(now=timezone.now())


def _entries_of_the_paired() -> Iterator[str]:
    pairs = Pair.objects.living().of(OuterRef("person")).filter(project=OuterRef("project"))
    entries = BoardEntry.objects.filter(Exists(pairs), status=BoardStatus.OPEN)
    yield from (
        f"board entry {pk} is open, its person has a partner" for pk in entries.values_list("pk", flat=True)
    )


def broken_waiting(*, now: datetime | None = None) -> list[str]:
    """
    Return the waiting entries whose log or offer disagrees, and free slots whose line was not asked. Rule: R-24.

    `now` is the time at which nobody may be forgotten; the machine's without one.
    """
    return find_broken_lines(now=now or timezone.now())


def broken_seats() -> list[str]:
    """Return the open seats whose log disagrees, or whose slot a booking has besides. Rule: R-46."""
    return find_broken_seats()
