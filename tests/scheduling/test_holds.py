"""Holding a slot, confirming the hold, moving, and letting go what is overdue."""

from datetime import timedelta

import pytest

from scheduling import bookings, holds, rota
from scheduling.bookings import AlreadyTaken, BookingRefused, MoveRefused
from scheduling.conditions import closes_at
from scheduling.models import Booking, BookingEvent, Occupancy, Pair, Project, Slot, WaitingEntry
from tests.factories import NOW, make_booking, make_booth, make_pair, make_person, make_project, make_slot

pytestmark = pytest.mark.django_db
NINE = NOW.replace(hour=9)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project, starts_at=NINE + timedelta(days=3))


@pytest.fixture
def later(project) -> Slot:
    return make_slot(project=project, starts_at=NINE + timedelta(days=4))


def events(booking: Booking) -> list[tuple[str, str]]:
    return list(BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("old", "new"))


def test_hold_lasts_ten_minutes_and_writes_its_event(slot, pair, lin):
    booking = bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)

    assert (booking.status, booking.booked_by, booking.expires_at) == (
        "held",
        lin,
        NOW + timedelta(minutes=10),
    )
    assert events(booking) == [("", "held")]


def test_hold_ends_when_booking_closes(slot, pair, lin):
    now = closes_at(slot) - timedelta(minutes=4)

    booking = bookings.hold_slot(slot.pk, pair=pair, by=lin, now=now)

    assert booking.expires_at == closes_at(slot)


def test_slot_that_is_held_is_taken(slot, pair, lin):
    bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)
    others = make_pair(make_person(), make_person(), project=pair.project)

    with pytest.raises(BookingRefused) as refusal:
        bookings.hold_slot(slot.pk, pair=others, by=others.person_a, now=NOW)

    assert refusal.value.code == "taken"
    assert Booking.objects.count() == 1


def test_person_cannot_be_in_two_booths_at_one_time(slot, pair, lin):
    bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)
    beside = make_slot(project=pair.project, starts_at=slot.starts_at)
    with_another = make_pair(lin, make_person(), project=pair.project)

    with pytest.raises(AlreadyTaken) as refusal:
        bookings.hold_slot(beside.pk, pair=with_another, by=lin, now=NOW)

    assert refusal.value.code == "taken"
    assert Booking.objects.count() == 1


def test_member_of_the_slots_staff_cannot_speak_in_it(slot, project):
    staff = slot.shifts.first().person
    from_staff = make_person(phone=None)
    pair = make_pair(from_staff, make_person(), project=project)
    Occupancy.objects.filter(resource_id=staff.pk).update(resource_id=from_staff.pk)

    with pytest.raises(AlreadyTaken) as refusal:
        bookings.hold_slot(slot.pk, pair=pair, by=from_staff, now=NOW)

    assert refusal.value.code == "taken"


def test_expired_hold_is_reclaimed_by_the_next_claimant(slot, pair, lin):
    held = bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)
    others = make_pair(make_person(), make_person(), project=pair.project)
    with pytest.raises(BookingRefused):
        bookings.hold_slot(
            slot.pk, pair=others, by=others.person_a, now=NOW + timedelta(minutes=9, seconds=59)
        )

    booking = bookings.hold_slot(slot.pk, pair=others, by=others.person_a, now=NOW + timedelta(minutes=10))

    held.refresh_from_db()
    assert (held.status, booking.status) == ("expired", "held")
    assert events(held) == [("", "held"), ("held", "expired")]
    assert not held.occupancy.exists()


def test_persons_own_overdue_hold_elsewhere_does_not_stand_in_the_way(slot, pair, lin):
    held = bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)
    beside = make_slot(project=pair.project, starts_at=slot.starts_at)

    booking = bookings.hold_slot(beside.pk, pair=pair, by=lin, now=NOW + timedelta(minutes=10))

    held.refresh_from_db()
    assert (held.status, booking.status) == ("expired", "held")


def test_confirmed_hold_waits_for_the_partner_24_hours(slot, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="awaiting")

    assert booking.expires_at == NOW + timedelta(hours=24)
    assert events(booking) == [("", "held"), ("held", "awaiting")]


def test_partner_never_has_longer_than_booking_is_open(slot, pair, lin):
    now = closes_at(slot) - timedelta(hours=5)

    booking = make_booking(slot=slot, pair=pair, one=lin, status="awaiting", now=now)

    assert booking.expires_at == closes_at(slot)


def test_hold_is_confirmed_by_its_holder_only(slot, pair, lin, mei, stranger):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="held")

    for other in (mei, stranger):
        with pytest.raises(MoveRefused) as refusal:
            bookings.confirm_hold(booking, by=other, now=NOW)
        assert refusal.value.code == "not_yours"


def test_hold_is_confirmed_to_the_second_and_not_later(slot, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="held")

    with pytest.raises(MoveRefused) as refusal:
        bookings.confirm_hold(booking, by=lin, now=booking.expires_at)
    assert refusal.value.code == "expired"

    bookings.confirm_hold(booking, by=lin, now=booking.expires_at - timedelta(seconds=1))
    assert booking.status == "awaiting"


def test_hold_is_not_confirmed_once_staff_fell_out(slot, pair, lin, mara):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="held")
    rota.withdraw_shift(slot.shifts.first(), by=mara, now=NOW, reason="ill")

    with pytest.raises(BookingRefused) as refusal:
        bookings.confirm_hold(booking, by=lin, now=NOW)

    assert refusal.value.code == "unstaffed"


def test_hold_is_confirmed_once(slot, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="awaiting")

    with pytest.raises(MoveRefused) as refusal:
        bookings.confirm_hold(booking, by=lin, now=NOW)

    assert refusal.value.code == "wrong_status"


@pytest.mark.parametrize("status", ["held", "awaiting"])
def test_move_takes_the_new_slot_and_frees_the_old_one(slot, later, pair, lin, status):
    booking = make_booking(slot=slot, pair=pair, one=lin, status=status)

    moved = bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=NOW)

    assert (booking.status, moved.status, moved.slot, moved.moved_from) == (
        "cancelled",
        status,
        later,
        booking,
    )
    assert not booking.occupancy.exists()
    assert moved.occupancy.count() == 19


def test_question_moved_by_the_partner_goes_back_to_who_asked_first(slot, later, pair, lin, mei):
    asked = make_booking(slot=slot, pair=pair, one=lin, status="awaiting")

    moved = bookings.move_booking(asked, to_slot_id=later.pk, by=mei, now=NOW)

    assert moved.booked_by == mei
    bookings.accept_booking(moved, by=lin, now=NOW)
    assert moved.status == "confirmed"


def test_hold_is_moved_only_by_who_has_it(slot, later, pair, lin, mei):
    held = make_booking(slot=slot, pair=pair, one=lin, status="held")

    with pytest.raises(MoveRefused) as refusal:
        bookings.move_booking(held, to_slot_id=later.pk, by=mei, now=NOW)

    held.refresh_from_db()
    assert (refusal.value.code, held.status) == ("not_yours", "held")


def test_move_to_another_booth_at_the_same_time_works_before_it_is_confirmed(slot, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="awaiting")
    beside = make_slot(project=pair.project, starts_at=slot.starts_at)

    moved = bookings.move_booking(booking, to_slot_id=beside.pk, by=lin, now=NOW)

    assert moved.slot == beside


def test_refused_move_keeps_the_old_slot(slot, later, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin)
    make_booking(slot=later, project=pair.project)

    with pytest.raises(BookingRefused) as refusal:
        bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=NOW)

    booking.refresh_from_db()
    assert (refusal.value.code, booking.status, booking.occupancy.count()) == ("taken", "confirmed", 19)


def test_move_into_a_persons_other_session_keeps_the_old_slot(slot, later, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin)
    make_booking(one=lin, slot=make_slot(project=pair.project, starts_at=later.starts_at))

    with pytest.raises(AlreadyTaken) as refusal:
        bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=NOW)

    booking.refresh_from_db()
    assert (refusal.value.code, booking.status, booking.occupancy.count()) == ("taken", "confirmed", 19)


def test_move_is_free_until_24_hours_before_and_refused_later(slot, later, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin)
    limit = slot.starts_at - timedelta(hours=24)

    with pytest.raises(MoveRefused) as refusal:
        bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=limit)
    assert refusal.value.code == "too_late_to_move"

    in_time = limit - timedelta(seconds=1)
    moved = bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=in_time)
    assert (moved.slot, moved.expires_at) == (later, limit)


def test_move_to_the_same_slot_is_refused(slot, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin)

    with pytest.raises(MoveRefused) as refusal:
        bookings.move_booking(booking, to_slot_id=slot.pk, by=lin, now=NOW)

    assert refusal.value.code == "same_slot"


def test_cancelled_booking_is_not_moved(slot, later, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin)
    bookings.cancel_booking(booking, by=lin, now=NOW)

    with pytest.raises(MoveRefused) as refusal:
        bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=NOW)

    assert refusal.value.code == "wrong_status"


def test_overdue_booking_is_not_moved(slot, later, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin, status="held")

    with pytest.raises(MoveRefused) as refusal:
        bookings.move_booking(booking, to_slot_id=later.pk, by=lin, now=booking.expires_at)

    assert refusal.value.code == "expired"


def test_stranger_does_not_move_a_booking(slot, later, pair, lin, stranger):
    booking = make_booking(slot=slot, pair=pair, one=lin)

    with pytest.raises(BookingRefused) as refusal:
        bookings.move_booking(booking, to_slot_id=later.pk, by=stranger, now=NOW)

    assert refusal.value.code == "not_a_member"


def test_sweeper_expires_what_is_overdue_and_nothing_else(slot, later, pair, lin, project):
    held = make_booking(slot=slot, pair=pair, one=lin, status="held")
    awaiting = make_booking(slot=later, pair=pair, one=lin, status="awaiting")
    confirmed = make_booking(slot=make_slot(project=project, booth=make_booth()))

    assert bookings.expire_bookings(now=held.expires_at - timedelta(seconds=1)) == 0
    assert bookings.expire_bookings(now=held.expires_at) == 1
    assert bookings.expire_bookings(now=awaiting.expires_at) == 1
    assert bookings.expire_bookings(now=awaiting.expires_at) == 0
    for booking, status in [(held, "expired"), (awaiting, "expired"), (confirmed, "confirmed")]:
        booking.refresh_from_db()
        assert booking.status == status
    assert Occupancy.objects.filter(booking__in=[held, awaiting]).count() == 0


def test_expiring_a_booking_that_was_answered_does_nothing(slot, pair, lin):
    booking = make_booking(slot=slot, pair=pair, one=lin)

    assert holds.expire_booking(booking.pk, now=NOW + timedelta(days=2)) is False


def test_booking_that_breaks_keeps_no_other_from_expiring(slot, later, pair, lin, caplog):
    broken = make_booking(slot=slot, status="held")
    entry = WaitingEntry.objects.create(
        project=slot.project,
        slot=slot,
        pair=broken.pair,
        made_by=broken.booked_by,
        made_at=NOW,
        status="left",
    )
    Booking.objects.filter(pk=broken.pk).update(waiting_entry=entry)
    held = make_booking(slot=later, pair=pair, one=lin, status="held")

    assert bookings.expire_bookings(now=held.expires_at) == 1

    held.refresh_from_db()
    assert held.status == "expired"
    assert f"expiring booking {broken.pk} broke" in caplog.text
