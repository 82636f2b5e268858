"""Moving a confirmed booking: it stands until both people want the new time. docs/decisions/0006."""

from datetime import timedelta

import pytest

from scheduling import bookings
from scheduling.bookings import BookingRefused, MoveRefused
from scheduling.invariants import broken_bookings, broken_occupancy
from scheduling.models import Booking, Pair, Project, Slot
from tests.factories import NOW, make_booking, make_pair, make_project, make_slot

pytestmark = pytest.mark.django_db
NINE = NOW.replace(hour=9)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair(lin, mei, project) -> Pair:
    return make_pair(lin, mei, project=project)


@pytest.fixture
def confirmed(project, pair, lin) -> Booking:
    return make_booking(
        slot=make_slot(project=project, starts_at=NINE + timedelta(days=3)), pair=pair, one=lin
    )


@pytest.fixture
def later(project) -> Slot:
    return make_slot(project=project, starts_at=NINE + timedelta(days=4))


@pytest.fixture
def move(confirmed, later, lin) -> Booking:
    return bookings.move_booking(confirmed, to_slot_id=later.pk, by=lin, now=NOW)


def states(*rows: Booking) -> list[str]:
    return [Booking.objects.get(pk=row.pk).status for row in rows]


def test_confirmed_booking_stands_until_the_partner_says_yes(confirmed, move, lin, mei):
    assert states(confirmed, move) == ["confirmed", "awaiting"]
    assert (move.booked_by, move.replaces, move.rate_fen) == (lin, confirmed, None)
    assert (confirmed.occupancy.count(), move.occupancy.count()) == (19, 19)

    bookings.accept_booking(move, by=mei, now=NOW)

    assert states(confirmed, move) == ["cancelled", "confirmed"]
    assert (confirmed.occupancy.count(), move.occupancy.count()) == (0, 19)
    assert [*broken_bookings(), *broken_occupancy()] == []


def test_moved_booking_keeps_the_rate_of_the_first_confirmation(confirmed, move, mei):
    Project.objects.update(rate_fen=99)

    bookings.accept_booking(move, by=mei, now=NOW)

    assert move.rate_fen == 30000


def test_who_asks_for_the_move_does_not_answer_it(confirmed, move, lin):
    with pytest.raises(MoveRefused) as refusal:
        bookings.accept_booking(move, by=lin, now=NOW)

    assert (refusal.value.code, states(confirmed, move)) == ("not_yours", ["confirmed", "awaiting"])


def test_no_to_a_move_keeps_the_session_and_lets_ask_again(confirmed, move, later, lin, mei):
    bookings.decline_booking(move, by=mei, now=NOW)
    assert states(confirmed, move) == ["confirmed", "cancelled"]

    again = bookings.move_booking(confirmed, to_slot_id=later.pk, by=mei, now=NOW)

    assert states(confirmed, again) == ["confirmed", "awaiting"]


def test_move_without_an_answer_keeps_the_session(confirmed, move):
    assert bookings.expire_bookings(now=move.expires_at) == 1

    assert states(confirmed, move) == ["confirmed", "expired"]


def test_move_taken_back_keeps_the_session(confirmed, move, lin):
    bookings.cancel_booking(move, by=lin, now=NOW)

    assert states(confirmed, move) == ["confirmed", "cancelled"]


def test_move_ends_with_the_session_it_would_replace(confirmed, move, mei):
    bookings.cancel_booking(confirmed, by=mei, now=NOW)

    assert states(confirmed, move) == ["cancelled", "cancelled"]
    assert [*broken_bookings(), *broken_occupancy()] == []


def test_second_move_is_refused_while_the_first_waits(confirmed, move, project, mei):
    third = make_slot(project=project, starts_at=NINE + timedelta(days=5))

    for booking in (confirmed, move):
        with pytest.raises(MoveRefused) as refusal:
            bookings.move_booking(booking, to_slot_id=third.pk, by=mei, now=NOW)
        assert refusal.value.code == "move_open"

    assert states(confirmed, move) == ["confirmed", "awaiting"]


def test_confirmed_booking_does_not_move_to_a_time_that_overlaps_it(confirmed, project, lin):
    beside = make_slot(project=project, starts_at=confirmed.slot.starts_at + timedelta(hours=1))

    with pytest.raises(MoveRefused) as refusal:
        bookings.move_booking(confirmed, to_slot_id=beside.pk, by=lin, now=NOW)

    assert refusal.value.code == "same_time"


def test_move_counts_as_one_booking_with_the_one_it_replaces(confirmed, move, pair, project, lin):
    other = make_slot(project=project, starts_at=NINE + timedelta(days=5))
    more = make_slot(project=project, starts_at=NINE + timedelta(days=6))

    bookings.hold_slot(other.pk, pair=pair, by=lin, now=NOW)

    with pytest.raises(BookingRefused) as refusal:
        bookings.hold_slot(more.pk, pair=pair, by=lin, now=NOW)
    assert refusal.value.code == "max_live"
