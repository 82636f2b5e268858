"""The desks of a crowd: old slots, blackouts, and a rota with its gaps, absences, swaps and requests to move."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.access import Role
from accounts.append_only import StatusEvent
from benchmarks.crowd import CHUNK, Crowd, hire_operators
from benchmarks.crowd_studio import SHANGHAI, WEEK, make_booking, steps_of, write_bookings, write_slots
from scheduling.models import (
    Blackout,
    Booking,
    BookingEvent,
    Booth,
    City,
    DayException,
    DayKind,
    DayPart,
    Escalation,
    EscalationEvent,
    MoveOption,
    MoveRequest,
    MoveRequestEvent,
    Occupancy,
    Shift,
    ShiftEvent,
    Slot,
    StaffTerms,
    Studio,
    StudioStaff,
    SwapEvent,
    SwapRequest,
    Weekday,
    WorkingTime,
)

REASON = "Ill since this morning."
# Further booths in each studio, so that a week of the calendar has some 800 slots; that many pairs fill them.
BOOTHS, WEEKS, ENOUGH_PAIRS = "CDEF", 3, 1_500


def fill_desks(crowd: Crowd, *, now: datetime) -> None:
    """Give the crowd a slot for every two people, and what waits on the managers' and operators' desks."""
    if len(crowd.pairs) > ENOUGH_PAIRS:
        _build_more_booths(crowd, now=now)
    write_old_slots(crowd, wanted=len(crowd.people) // 2)
    with transaction.atomic():
        _tell_times(crowd, now=now)
        _lose_staff(crowd, now=now)
        _ask_for_swaps(crowd, now=now)
        _ask_to_move(crowd, now=now)
        _black_out(crowd, now=now)


def write_rows(
    rows: Iterable[Any], *, events: type[StatusEvent], noun: str, at: str = "made_at"
) -> list[Any]:
    """Write the rows of one kind, each with the event that brought it to its status, and return them."""
    written = list(rows)
    if not written:
        return []
    type(written[0]).objects.bulk_create(written, batch_size=CHUNK)
    events.objects.bulk_create(
        (events(**{noun: row}, new=row.status, at=getattr(row, at)) for row in written), batch_size=CHUNK
    )
    return written


def old_slots(crowd: Crowd, *, now: datetime) -> list[Slot]:
    """Return the slots that are over, the oldest first."""
    return list(Slot.objects.filter(project=crowd.project, ends_at__lt=now).order_by("starts_at", "pk"))


@transaction.atomic
def _build_more_booths(crowd: Crowd, *, now: datetime) -> None:
    """Give each studio four more booths with a team each, and their slots from this week's Monday on."""
    booths = []
    for studio in Studio.objects.order_by("pk"):
        for letter in BOOTHS:
            team = hire_operators(crowd, 2, now=now)
            StudioStaff.objects.bulk_create(StudioStaff(studio=studio, person=person) for person in team)
            booths.append((Booth.objects.create(studio=studio, name=letter), [person.pk for person in team]))
    today = now.astimezone(SHANGHAI).date()
    monday, turn = today - timedelta(days=today.weekday()), count(Booking.objects.count())
    for week in range(WEEKS):
        slots = write_slots(booths, crowd, first_on=monday + week * WEEK)
        coming = [slot for slot in slots if slot.starts_at > now]
        for start in range(0, len(coming), len(booths)):
            write_bookings(coming[start : start + len(booths)], crowd, turn=turn, now=now)


def write_old_slots(crowd: Crowd, *, wanted: int) -> None:
    """Go back week by week until there are so many slots. Half of the older ones had a booking that was cancelled."""
    booths = []
    for booth in Booth.objects.exclude(name__in=BOOTHS).order_by("pk"):
        last = Slot.objects.filter(booth=booth).order_by("-starts_at").first()
        booths.append((booth, [shift.person_id for shift in last.shifts.all()]))
    first = Slot.objects.order_by("starts_at").values_list("starts_at", flat=True).first()
    monday, turn = first.astimezone(SHANGHAI).date(), count()
    while (missing := wanted - Slot.objects.count()) > 0:
        monday -= WEEK
        with transaction.atomic():
            slots = write_slots(booths[: max(1, missing // 21)], crowd, first_on=monday)
            bookings = [
                make_booking(slot, crowd.pairs[next(turn) % len(crowd.pairs)], status="cancelled")
                for slot in slots[::2]
            ]
            Booking.objects.bulk_create(bookings)
            BookingEvent.objects.bulk_create(
                (event for booking in bookings for event in steps_of(booking)), batch_size=CHUNK
            )


def _tell_times(crowd: Crowd, *, now: datetime) -> None:
    """Let every operator say that they can work at all times, but for a day now and then."""
    team = list(StudioStaff.objects.order_by("pk"))
    StaffTerms.objects.bulk_create(StaffTerms(person_id=row.person_id, told_at=now) for row in team)
    WorkingTime.objects.bulk_create(
        WorkingTime(person_id=row.person_id, studio_id=row.studio_id, weekday=weekday, part=part)
        for row in team
        for weekday in Weekday.values
        for part in DayPart.values
    )
    today = now.astimezone(SHANGHAI).date()
    days = [today + timedelta(days=distance) for distance in range(-700, 60, 20)]
    DayException.objects.bulk_create(
        DayException(person_id=row.person_id, kind=DayKind.AWAY, from_on=on, to_on=on, made_at=now)
        for row in team
        for on in days
    )


def _lose_staff(crowd: Crowd, *, now: datetime) -> None:
    """Every third of the coming slots has lost somebody; so had every tenth of the old ones."""
    coming = Slot.objects.filter(starts_at__gt=now).order_by("pk").prefetch_related("shifts")
    confirmed_later = set(Booking.objects.filter(confirmed_at__gt=now).values_list("slot", flat=True))
    lost = [slot.shifts.all()[0] for slot in list(coming)[::3] if slot.pk not in confirmed_later]
    Occupancy.objects.filter(shift__in=lost).delete()
    Shift.objects.filter(pk__in=[shift.pk for shift in lost]).update(status="withdrawn")
    ShiftEvent.objects.bulk_create(
        ShiftEvent(shift=shift, old="assigned", new="withdrawn", by_id=shift.person_id, at=now, reason=REASON)
        for shift in lost
    )
    was = [
        Escalation(slot=slot, status="resolved", opened_at=now) for slot in old_slots(crowd, now=now)[::10]
    ]
    is_open = [Escalation(slot_id=shift.slot_id, fell_out=shift, opened_at=now) for shift in lost]
    write_rows([*was, *is_open], events=EscalationEvent, noun="escalation", at="opened_at")


def _ask_for_swaps(crowd: Crowd, *, now: datetime) -> None:
    """Of ten coming shifts one is asked about, of three of those one is agreed; most old shifts were, in vain."""
    colleagues: dict[int, list[int]] = {}
    for studio, person in StudioStaff.objects.values_list("studio", "person"):
        colleagues.setdefault(studio, []).append(person)

    def ask(shift: Shift, number: int, *, status: str) -> SwapRequest:
        team = colleagues[shift.slot.booth.studio_id]
        other = next(person for person in team if person != shift.person_id)
        return SwapRequest(
            shift=shift,
            asker_id=shift.person_id,
            asked_id=other if number % 2 else None,
            taker_id=other if status == "agreed" else None,
            status=status,
            made_at=shift.slot.starts_at - WEEK,
            expires_at=shift.slot.starts_at,
        )

    shifts = Shift.objects.filter(status="assigned").select_related("slot__booth")
    coming = list(shifts.filter(slot__starts_at__gt=now).order_by("pk"))[::10]
    over = list(shifts.filter(slot__starts_at__lt=now).order_by("pk"))[::5]
    requests = [ask(shift, i, status="expired") for i, shift in enumerate(over)]
    requests += [ask(shift, i, status="open" if i % 3 else "agreed") for i, shift in enumerate(coming)]
    write_rows(requests, events=SwapEvent, noun="swap")


def _ask_to_move(crowd: Crowd, *, now: datetime) -> None:
    """Every second confirmed pair is asked to move, the crowd's busy one too; some thousand were before."""
    manager = crowd.staff[Role.MANAGER][0]
    free = list(free_slots(now=now).order_by("starts_at", "pk")[:3])
    confirmed = Booking.objects.filter(status="confirmed", slot__starts_at__gt=now).select_related("slot")
    asked = [b for b in confirmed.order_by("pk") if b.pk % 2 or b.pair_id == crowd.pairs[0].pk]
    before = Booking.objects.filter(status="cancelled").select_related("slot").order_by("pk")
    requests = [
        MoveRequest(
            booking=booking,
            reason=REASON,
            status=status,
            made_by=manager,
            made_at=booking.made_at,
            expires_at=booking.slot.starts_at - timedelta(hours=24),
        )
        for status, bookings in (("expired", before[: len(crowd.people) // 20]), ("open", asked))
        for booking in bookings
    ]
    written = write_rows(requests, events=MoveRequestEvent, noun="request")
    MoveOption.objects.bulk_create(
        MoveOption(request=request, slot=slot)
        for request in written
        if request.status == "open"
        for slot in free
    )


def free_slots(*, now: datetime) -> Any:
    """Return the slots that can be booked: two and more days ahead, not taken, not in a release."""
    taken = Booking.objects.filter(slot=OuterRef("pk"))
    from_at = now + timedelta(days=2)
    return Slot.objects.filter(~Exists(taken), starts_at__gt=from_at, release=None, seats=None)


def _black_out(crowd: Crowd, *, now: datetime) -> None:
    """A blackout of some place on most days since two years ago, and on some of those to come."""
    places: Iterator[dict[str, object]] = iter(
        [
            *({"city": city} for city in City.objects.order_by("pk")),
            *({"studio": studio} for studio in Studio.objects.order_by("pk")),
            *({"booth": booth} for booth in Booth.objects.order_by("pk")),
        ]
    )
    kinds, manager = list(places), crowd.staff[Role.MANAGER][0]
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    days = [*range(-min(700, len(crowd.people) // 50), 0), *range(3, 90)]
    Blackout.objects.bulk_create(
        Blackout(
            **kinds[number % len(kinds)],
            from_on=today + timedelta(days=distance),
            to_on=today + timedelta(days=distance + 1),
            reason="The house is repaired.",
            made_by=manager,
            made_at=now - WEEK,
        )
        for number, distance in enumerate(days)
    )
