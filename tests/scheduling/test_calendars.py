"""A session and its moves are one entry in a calendar; a member of staff's shifts are a feed."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from scheduling import bookings, calendars, rota
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booking,
    make_project,
    make_shift,
    make_slot,
)

pytestmark = pytest.mark.django_db
FRIDAY = THURSDAY_MORNING + timedelta(days=1)


def entry(booking):
    calendar = Calendar.from_ical(calendars.booking_file(bookings.Booking.objects.get(pk=booking.pk)))
    (event,) = calendar.walk("VEVENT")
    return calendar["method"], str(event["uid"]), event["sequence"], event["status"], event["dtstart"].dt


def shifts(person, *, now=NOW):
    calendar = Calendar.from_ical(calendars.shifts_file(person, now=now))
    return [(str(event["summary"]), event["sequence"]) for event in calendar.walk("VEVENT")]


def test_moved_session_keeps_its_uid_and_its_sequence_rises(lin, mei):
    booking = make_booking(one=lin, other=mei)
    method, uid, sequence, status, starts_at = entry(booking)
    assert (method, uid, status, starts_at) == (
        "PUBLISH",
        f"booking-{booking.pk}@localhost",
        "CONFIRMED",
        THURSDAY_MORNING,
    )

    friday = make_slot(project=booking.project, starts_at=FRIDAY)
    new = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    asked = entry(new)
    assert (asked[1], asked[3], asked[4]) == (uid, "CONFIRMED", THURSDAY_MORNING)
    bookings.accept_booking(new, by=mei, now=NOW)

    moved = entry(new)
    assert moved == entry(booking)
    assert (moved[0], moved[1], moved[3], moved[4]) == ("PUBLISH", uid, "CONFIRMED", FRIDAY)
    assert sequence < asked[2] < moved[2]


def test_move_that_was_declined_leaves_the_entry_where_it_was(lin, mei):
    booking = make_booking(one=lin, other=mei)
    friday = make_slot(project=booking.project, starts_at=FRIDAY)
    new = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    bookings.decline_booking(new, by=mei, now=NOW)

    assert entry(new)[3:] == entry(booking)[3:] == ("CONFIRMED", THURSDAY_MORNING)


def test_cancelled_session_is_cancelled_under_the_same_uid(lin):
    booking = make_booking(one=lin)
    before = entry(booking)
    bookings.cancel_booking(booking, by=lin, now=NOW)

    after = entry(booking)
    assert (after[0], after[1], after[3]) == ("CANCEL", before[1], "CANCELLED")
    assert after[2] == before[2] + 1


def test_question_is_tentative():
    assert entry(make_booking(status="awaiting"))[3] == "TENTATIVE"


def test_feed_has_the_persons_shifts_and_says_when_one_is_booked(lin, mara, oskar):
    slot = make_slot(project=make_project(), staff=1)
    make_shift(slot, person=oskar, by=mara)
    other = make_slot(project=slot.project, booth=slot.booth, starts_at=FRIDAY)
    assert other.shifts.count() == 2
    booth = slot.booth.name

    ((words, sequence),) = shifts(oskar)
    assert words == f"{booth}，未预约"
    make_booking(one=lin, slot=slot)

    ((booked, later),) = shifts(oskar)
    assert booked == f"{booth} 录音"
    assert later > sequence
    content = calendars.shifts_file(oskar, now=NOW).decode()
    assert lin.pseudonym not in content
    assert "林小雨" not in content


def test_feed_loses_a_withdrawn_shift_and_what_is_long_past(mara, oskar):
    slot = make_slot(project=make_project(), staff=2)
    shift = make_shift(slot, person=oskar, by=mara)
    assert len(shifts(oskar, now=THURSDAY_MORNING + timedelta(days=31))) == 1
    assert shifts(oskar, now=THURSDAY_MORNING + timedelta(days=31, seconds=1)) == []

    rota.withdraw_shift(shift, by=mara, now=NOW, reason="ill")

    assert shifts(oskar) == []
