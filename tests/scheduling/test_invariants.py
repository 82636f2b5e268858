"""Each sweep is silent on whole data and names what is broken by hand."""

from datetime import timedelta

import pytest

from scheduling import invariants, rota, waiting
from scheduling.models import Booking, Occupancy, Reminder, Shift, Slot, WaitingEntry
from tests.factories import NOW, make_booking, make_booth, make_pair, make_person, make_slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(lin, mei) -> Booking:
    return make_booking(one=lin, other=mei)


def sweep() -> list[str]:
    return [
        *invariants.broken_bookings(),
        *invariants.broken_occupancy(),
        *invariants.broken_rota(now=NOW),
    ]


def test_whole_data_is_silent(booking):
    next_day = make_slot(project=booking.project, starts_at=booking.slot.starts_at + timedelta(days=1))
    make_booking(slot=next_day, pair=booking.pair, status="completed")
    make_booking(slot=make_slot(project=booking.project), status="held")

    assert sweep() == []


def test_two_bookings_of_a_booth_at_one_time_are_found(booking):
    beside = make_booking(slot=make_slot(project=booking.project, booth=make_booth()))
    Slot.objects.filter(pk=beside.slot_id).update(
        booth=booking.slot.booth, starts_at=booking.slot.starts_at + timedelta(hours=1)
    )

    assert invariants.broken_bookings() == [
        f"booth {booking.slot.booth_id} is in booking {booking.pk} and booking {beside.pk} at one time"
    ]


def test_person_who_speaks_and_accompanies_at_one_time_is_found(booking, lin):
    shift = booking.slot.shifts.first()
    Shift.objects.filter(pk=shift.pk).update(person=lin)

    assert invariants.broken_bookings() == [
        f"person {lin.pk} is in booking {booking.pk} and shift {shift.pk} at one time"
    ]


def test_log_that_disagrees_is_found(booking):
    Booking.objects.filter(pk=booking.pk).update(status="completed")

    assert invariants.broken_bookings() == [
        f"booking {booking.pk} is “completed”, its last event says “confirmed”"
    ]


def test_booking_of_a_closed_slot_is_found(booking):
    Slot.objects.filter(pk=booking.slot_id).update(status="closed")

    assert invariants.broken_bookings() == [
        f"booking {booking.pk} is on slot {booking.slot_id}, which is closed"
    ]


def test_missing_half_hour_is_found(booking, lin):
    ticks = Occupancy.objects.filter(booking=booking, resource_id=lin.pk, kind="person").order_by("tick")
    ticks[2].delete()

    assert invariants.broken_occupancy() == [
        f"booking {booking.pk} does not take all of its booth's and people's time"
    ]


def test_half_hours_of_an_ended_booking_are_found(booking):
    Occupancy.objects.filter(booking=booking, kind="person").delete()
    Occupancy.objects.filter(booking=booking).exclude(pk=booking.occupancy.first().pk).delete()
    row = booking.occupancy.get()
    Booking.objects.filter(pk=booking.pk).update(status="cancelled")

    assert invariants.broken_occupancy() == [
        f"booth {row.resource_id} is still taken at {row.tick} by booking {booking.pk}, which has ended"
    ]


def test_half_hours_of_somebody_else_are_found(booking, stranger):
    tick = booking.slot.starts_at.timestamp() // 1800
    Occupancy.objects.create(kind="person", resource_id=stranger.pk, tick=tick, booking=booking)

    assert invariants.broken_occupancy() == [f"booking {booking.pk} takes person {stranger.pk}, not its own"]


def test_shift_without_its_time_is_found(booking):
    shift = booking.slot.shifts.first()
    shift.occupancy.all().delete()

    assert invariants.broken_occupancy() == [f"shift {shift.pk} does not take all of its person's time"]


def test_reminder_of_an_ended_booking_and_a_torn_log_are_found(booking):
    assert invariants.broken_reminders() == []
    first, second, *_rest = Reminder.objects.order_by("pk")
    Booking.objects.filter(pk=booking.pk).update(status="cancelled")
    Reminder.objects.exclude(pk=first.pk).update(status="dropped")

    found = invariants.broken_reminders()

    assert found[:2] == [
        f"reminder {first.pk} waits for a booking that has ended",
        f"reminder {second.pk} is “dropped”, its last event says “waiting”",
    ]
    assert len(found) == 4


def test_booking_confirmed_without_staff_is_found(booking):
    Shift.objects.filter(pk=booking.slot.shifts.first().pk).update(status="withdrawn")

    assert invariants.broken_rota(now=NOW) == [
        f"booking {booking.pk} was confirmed on slot {booking.slot_id} with 1 staff"
    ]


def test_staff_who_fell_out_after_the_confirmation_is_no_fault(booking, mara):
    rota.withdraw_shift(booking.slot.shifts.first(), by=mara, now=NOW + timedelta(hours=1), reason="ill")

    assert invariants.broken_rota(now=NOW) == []


def test_sweeps_ask_the_same_number_of_queries_for_more_bookings(booking, django_assert_num_queries):
    with django_assert_num_queries(12):
        sweep()
    make_booking(slot=make_slot(project=booking.project))
    with django_assert_num_queries(12):
        sweep()


def test_sweep_finds_offers_and_lines_that_disagree(lin, mei):
    booking = make_booking(one=lin, other=mei)
    slot = booking.slot
    pairs = [make_pair(make_person(), make_person(), project=slot.project) for _number in range(2)]
    first, second = (waiting.join_line(slot.pk, pair=pair, by=pair.person_a, now=NOW) for pair in pairs)
    later = NOW + timedelta(minutes=6)
    assert invariants.broken_waiting(now=later) == []

    # Freed past the rules: nobody was asked.
    Booking.objects.filter(pk=booking.pk).update(status="cancelled")
    booking.occupancy.all().delete()
    assert invariants.broken_waiting(now=later) == [f"slot {slot.pk} is free, and its line was not asked"]

    waiting.sweep_lines(now=later)
    assert invariants.broken_waiting(now=later) == []
    offer = Booking.objects.get(waiting_entry=first)
    WaitingEntry.objects.filter(pk=first.pk).update(status="waiting")
    WaitingEntry.objects.filter(pk=second.pk).update(status="offered")

    assert invariants.broken_waiting(now=later) == [
        f"waiting entry {first.pk} is “waiting”, its last event says “offered”",
        f"waiting entry {second.pk} is “offered”, its last event says “waiting”",
        f"waiting entry {second.pk} is offered a slot that is not held for it",
        f"booking {offer.pk} is held for a waiting entry that is not offered it",
        f"waiting entry {first.pk} waits for a slot that its pair has",
    ]
