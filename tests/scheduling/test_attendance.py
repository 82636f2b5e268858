"""Four ways to end at the door; counts are computed from the rows."""

from datetime import timedelta

import pytest

from scheduling.attendance import AttendanceRefused, record_attendance
from scheduling.bookings import fail_booking
from scheduling.models import Attendance, AttendanceEvent, Booking, Qualification, QualificationEvent
from scheduling.qualifications import restore_qualification
from scheduling.standing import no_show_count
from tests.factories import SHANGHAI, make_booking, make_slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(lin, mei) -> Booking:
    return make_booking(one=lin, other=mei)


@pytest.mark.parametrize(("seconds", "outcome"), [(0, "attended"), (900, "attended"), (901, "late")])
def test_arrival_is_late_from_15_minutes_on(booking, lin, oskar, seconds, outcome):
    arrived_at = booking.slot.starts_at + timedelta(seconds=seconds)

    row = record_attendance(booking, person=lin, outcome="attended", by=oskar, now=arrived_at)

    assert (row.outcome, row.arrived_at) == (outcome, arrived_at)


def test_correction_needs_a_reason_and_keeps_what_was_written(booking, lin, oskar):
    start = booking.slot.starts_at
    record_attendance(booking, person=lin, outcome="no_show", by=oskar, now=start)
    with pytest.raises(AttendanceRefused) as refusal:
        record_attendance(booking, person=lin, outcome="turned_away", by=oskar, now=start)
    assert refusal.value.code == "reason_needed"

    record_attendance(
        booking, person=lin, outcome="turned_away", by=oskar, now=start, reason="Was in the wrong hall"
    )

    assert list(Attendance.objects.values_list("outcome", flat=True)) == ["turned_away"]
    assert list(AttendanceEvent.objects.order_by("pk").values_list("old", "new", "reason")) == [
        ("", "no_show", ""),
        ("no_show", "turned_away", "Was in the wrong hall"),
    ]


def test_same_outcome_twice_writes_one_event(booking, lin, oskar):
    for _press in range(2):
        record_attendance(booking, person=lin, outcome="no_show", by=oskar, now=booking.slot.starts_at)

    assert AttendanceEvent.objects.count() == 1


def test_no_show_before_the_start_is_refused(booking, lin, oskar):
    with pytest.raises(AttendanceRefused) as refusal:
        record_attendance(
            booking,
            person=lin,
            outcome="no_show",
            by=oskar,
            now=booking.slot.starts_at - timedelta(seconds=1),
        )

    assert refusal.value.code == "too_early"


@pytest.mark.parametrize("outcome", ["attended", "late"])
def test_nobody_came_before_the_day_of_the_session(booking, lin, oskar, outcome):
    midnight = booking.slot.starts_at.astimezone(SHANGHAI).replace(hour=0, minute=0)

    with pytest.raises(AttendanceRefused) as refusal:
        record_attendance(booking, person=lin, outcome=outcome, by=oskar, now=midnight - timedelta(seconds=1))
    assert refusal.value.code == "too_early"

    assert record_attendance(booking, person=lin, outcome=outcome, by=oskar, now=midnight).outcome


def test_stranger_has_no_attendance(booking, stranger, oskar):
    with pytest.raises(AttendanceRefused) as refusal:
        record_attendance(booking, person=stranger, outcome="attended", by=oskar, now=booking.slot.starts_at)

    assert refusal.value.code == "not_a_member"


def test_unconfirmed_booking_has_no_door(lin, mei, oskar):
    asked = make_booking(one=lin, other=mei, status="awaiting")

    with pytest.raises(AttendanceRefused) as refusal:
        record_attendance(asked, person=lin, outcome="attended", by=oskar, now=asked.slot.starts_at)

    assert refusal.value.code == "not_confirmed"


def test_two_no_shows_suspend_and_one_does_not(booking, lin, oskar):
    next_day = make_slot(project=booking.project, starts_at=booking.slot.starts_at + timedelta(days=1))
    second = make_booking(slot=next_day, pair=booking.pair, one=lin)

    record_attendance(booking, person=lin, outcome="no_show", by=oskar, now=booking.slot.starts_at)
    assert Qualification.objects.get(person=lin).status == "active"

    record_attendance(second, person=lin, outcome="no_show", by=oskar, now=next_day.starts_at)

    assert Qualification.objects.get(person=lin).status == "suspended"
    assert QualificationEvent.objects.filter(new="suspended").count() == 1
    assert no_show_count(lin, project=booking.project) == 2


def test_restored_person_who_comes_is_not_suspended_again(booking, lin, oskar, mara):
    next_day = make_slot(project=booking.project, starts_at=booking.slot.starts_at + timedelta(days=1))
    last_day = make_slot(project=booking.project, starts_at=booking.slot.starts_at + timedelta(days=2))
    second = make_booking(slot=next_day, pair=booking.pair, one=lin)
    record_attendance(booking, person=lin, outcome="no_show", by=oskar, now=booking.slot.starts_at)
    fail_booking(booking, by=oskar, now=booking.slot.starts_at, reason="no-show")
    third = make_booking(slot=last_day, pair=booking.pair, one=lin)
    record_attendance(second, person=lin, outcome="no_show", by=oskar, now=next_day.starts_at)
    restore_qualification(
        Qualification.objects.get(person=lin), by=mara, now=next_day.ends_at, reason="She was ill."
    )

    record_attendance(third, person=lin, outcome="attended", by=oskar, now=last_day.starts_at)

    assert Qualification.objects.get(person=lin).status == "active"


def test_partner_of_a_no_show_keeps_the_right_to_book(booking, lin, mei, oskar):
    start = booking.slot.starts_at
    record_attendance(booking, person=lin, outcome="no_show", by=oskar, now=start)
    record_attendance(booking, person=mei, outcome="turned_away", by=oskar, now=start)

    assert no_show_count(mei, project=booking.project) == 0
    assert Qualification.objects.get(person=mei).status == "active"


def test_corrected_no_show_does_not_count(booking, lin, oskar):
    start = booking.slot.starts_at
    record_attendance(booking, person=lin, outcome="no_show", by=oskar, now=start)
    record_attendance(booking, person=lin, outcome="attended", by=oskar, now=start, reason="Came in at once")

    assert no_show_count(lin, project=booking.project) == 0
