"""The partner's answer, cancelling, and the day of the session."""

from datetime import timedelta

import pytest

from scheduling import attendance, bookings, rota
from scheduling.booking_moves import move_booking_status
from scheduling.bookings import BookingRefused, MoveRefused
from scheduling.models import Booking, BookingEvent, BookingStatus, Project, Qualification
from scheduling.qualifications import suspend_qualification
from tests.factories import NOW, make_booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(lin, mei) -> Booking:
    """A booking that lin made and mei is asked about."""
    return make_booking(one=lin, other=mei, status="awaiting")


@pytest.fixture
def confirmed(lin, mei) -> Booking:
    return make_booking(one=lin, other=mei)


def test_partners_yes_confirms_and_fixes_the_rate(asked, mei):
    Project.objects.update(rate_fen=31000)

    bookings.accept_booking(asked, by=mei, now=NOW)
    Project.objects.update(rate_fen=10)

    asked.refresh_from_db()
    assert (asked.status, asked.rate_fen, asked.confirmed_at, asked.expires_at) == (
        "confirmed",
        31000,
        NOW,
        None,
    )


@pytest.mark.parametrize("answer", [bookings.accept_booking, bookings.decline_booking])
def test_only_the_partner_answers(asked, lin, stranger, answer):
    for other in (lin, stranger):
        with pytest.raises(MoveRefused) as refusal:
            answer(asked, by=other, now=NOW)
        assert refusal.value.code == "not_yours"


@pytest.mark.parametrize("answer", [bookings.accept_booking, bookings.decline_booking])
def test_answer_after_the_time_is_refused(asked, mei, answer):
    with pytest.raises(MoveRefused) as refusal:
        answer(asked, by=mei, now=asked.expires_at)

    assert refusal.value.code == "expired"


@pytest.mark.parametrize("answer", [bookings.accept_booking, bookings.decline_booking])
def test_answer_is_given_once(confirmed, mei, answer):
    with pytest.raises(MoveRefused) as refusal:
        answer(confirmed, by=mei, now=NOW)

    assert refusal.value.code == "wrong_status"


def test_partners_no_frees_the_slot_without_blame(asked, mei):
    bookings.decline_booking(asked, by=mei, now=NOW)

    event = BookingEvent.objects.filter(booking=asked).latest("pk")
    assert (event.old, event.new, event.by, event.is_late) == ("awaiting", "cancelled", mei, False)
    assert not asked.occupancy.exists()


def test_yes_is_refused_once_staff_fell_out(asked, mei, mara):
    rota.withdraw_shift(asked.slot.shifts.first(), by=mara, now=NOW, reason="ill")

    with pytest.raises(BookingRefused) as refusal:
        bookings.accept_booking(asked, by=mei, now=NOW)

    asked.refresh_from_db()
    assert (refusal.value.code, asked.status) == ("unstaffed", "awaiting")


def test_yes_is_refused_once_one_is_suspended(asked, lin, mei):
    qualification = Qualification.objects.get(person=lin)
    suspend_qualification(qualification, by=None, now=NOW, reason="no-shows")

    with pytest.raises(BookingRefused) as refusal:
        bookings.accept_booking(asked, by=mei, now=NOW)

    assert refusal.value.code == "not_qualified"


@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (1, True)])
def test_cancelling_is_late_from_24_hours_before(confirmed, lin, seconds, is_late):
    now = confirmed.slot.starts_at - timedelta(hours=24) + timedelta(seconds=seconds)

    bookings.cancel_booking(confirmed, by=lin, now=now)

    event = BookingEvent.objects.filter(booking=confirmed).latest("pk")
    assert (event.new, event.by, event.is_late) == ("cancelled", lin, is_late)
    assert not confirmed.occupancy.exists()


def test_cancelling_by_staff_needs_a_reason_and_is_never_late(confirmed, mara):
    now = confirmed.slot.starts_at - timedelta(hours=1)
    with pytest.raises(MoveRefused) as refusal:
        bookings.cancel_booking(confirmed, by=mara, now=now, reason="  ")
    assert refusal.value.code == "reason_needed"

    bookings.cancel_booking(confirmed, by=mara, now=now, reason="The booth is broken")

    event = BookingEvent.objects.filter(booking=confirmed).latest("pk")
    assert (event.by, event.reason, event.is_late) == (mara, "The booth is broken", False)


def test_nothing_is_cancelled_from_the_start_on(confirmed, lin):
    with pytest.raises(MoveRefused) as refusal:
        bookings.cancel_booking(confirmed, by=lin, now=confirmed.slot.starts_at)

    assert refusal.value.code == "started"


def test_cancelled_booking_is_not_cancelled_again(confirmed, lin):
    bookings.cancel_booking(confirmed, by=lin, now=NOW)

    with pytest.raises(MoveRefused) as refusal:
        bookings.cancel_booking(confirmed, by=lin, now=NOW)

    assert refusal.value.code == "wrong_status"
    assert BookingEvent.objects.filter(booking=confirmed, new="cancelled").count() == 1


def test_session_begins_only_when_both_are_here(confirmed, lin, oskar):
    start = confirmed.slot.starts_at
    attendance.record_attendance(confirmed, person=lin, outcome="attended", by=oskar, now=start)

    with pytest.raises(MoveRefused) as refusal:
        bookings.check_in_booking(confirmed, by=oskar, now=start)

    assert refusal.value.code == "not_both_here"


def test_checked_in_booking_is_completed_and_keeps_its_slot(lin, mei, oskar):
    booking = make_booking(one=lin, other=mei, status="checked_in")

    bookings.complete_booking(booking, by=oskar, now=booking.slot.ends_at)

    assert (booking.status, booking.occupancy.count()) == ("completed", 19)


def test_failed_session_says_why_and_frees_its_slot(confirmed, oskar):
    with pytest.raises(MoveRefused) as refusal:
        bookings.fail_booking(confirmed, by=oskar, now=confirmed.slot.starts_at, reason=" ")
    assert refusal.value.code == "reason_needed"

    bookings.fail_booking(confirmed, by=oskar, now=confirmed.slot.starts_at, reason="Power cut")

    assert (confirmed.status, confirmed.occupancy.exists()) == ("failed", False)


def test_checked_in_booking_is_not_cancelled(mei):
    booking = make_booking(one=mei, status="checked_in")

    with pytest.raises(MoveRefused) as refusal:
        bookings.cancel_booking(booking, by=mei, now=NOW)

    assert refusal.value.code == "started"


@pytest.mark.parametrize("old", list(BookingStatus))
def test_every_move_stands_in_the_table_or_is_refused(confirmed, lin, old):
    for new in BookingStatus:
        Booking.objects.filter(pk=confirmed.pk).update(status=old, expires_at=NOW)
        confirmed.refresh_from_db()

        if new in bookings.MOVES[old]:
            move_booking_status(confirmed, new, by=lin, at=NOW)
            assert BookingEvent.objects.filter(booking=confirmed, old=old, new=new).exists(), new
        else:
            with pytest.raises(MoveRefused) as refusal:
                move_booking_status(confirmed, new, by=lin, at=NOW)
            assert refusal.value.code == "wrong_status", new


def test_move_of_a_booking_that_changed_meanwhile_is_refused(asked, lin):
    Booking.objects.filter(pk=asked.pk).update(status="cancelled")

    with pytest.raises(MoveRefused) as refusal:
        move_booking_status(asked, BookingStatus.CONFIRMED, by=lin, at=NOW)

    assert refusal.value.code == "changed"


def test_write_off_ends_what_nobody_began(confirmed, mara):
    bookings.write_off_booking(confirmed, by=mara, now=confirmed.slot.starts_at, reason=" Power cut ")

    event = BookingEvent.objects.filter(booking=confirmed).latest("pk")
    assert (event.old, event.new, event.by, event.reason) == ("confirmed", "failed", mara, "Power cut")
    assert not confirmed.occupancy.exists()


def test_write_off_is_refused_before_the_start_and_without_a_reason(confirmed, mara):
    start = confirmed.slot.starts_at
    for at, reason, code in [
        (start - timedelta(seconds=1), "Power cut", "too_early"),
        (start, "  ", "reason_needed"),
    ]:
        with pytest.raises(MoveRefused) as refusal:
            bookings.write_off_booking(confirmed, by=mara, now=at, reason=reason)
        assert refusal.value.code == code


@pytest.mark.parametrize("status", ["held", "awaiting", "checked_in", "completed"])
def test_write_off_is_for_confirmed_bookings_alone(lin, mei, mara, status):
    booking = make_booking(one=lin, other=mei, status=status)

    with pytest.raises(MoveRefused) as refusal:
        bookings.write_off_booking(booking, by=mara, now=booking.slot.starts_at, reason="Power cut")

    assert refusal.value.code == "wrong_status"


def test_unended_bookings_are_the_confirmed_ones_whose_slot_is_over(confirmed):
    end = confirmed.slot.ends_at

    assert list(Booking.objects.unended(now=end)) == [confirmed]
    assert not Booking.objects.unended(now=end - timedelta(seconds=1)).exists()
