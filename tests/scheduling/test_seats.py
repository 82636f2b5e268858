"""Open seats: taken alone, joined by somebody, given back, released in time. Rule: R-46."""

from datetime import timedelta

import pytest

from accounts.models import Message
from scheduling import bookings, invariants, seats, waiting
from scheduling.bookings import AlreadyTaken, BookingRefused
from scheduling.conditions import closes_at
from scheduling.models import BookingEvent, Occupancy, OpenSeat, Pair, Project, SeatEvent, Slot, WaitingEntry
from scheduling.seats import SeatRefused
from scheduling.waiting import WaitingRefused
from tests.factories import (
    NOW,
    make_board_entry,
    make_booking,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_slot,
    withdraw_consent,
)
from tests.scheduling.test_waiting import make_waiting

pytestmark = pytest.mark.django_db
REFUSALS = (SeatRefused, BookingRefused, AlreadyTaken)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def slot(project) -> Slot:
    return make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=7))


@pytest.fixture
def seat(lin, mei, slot, project) -> OpenSeat:
    """Lin has the slot alone, and Mei may record too."""
    make_qualified(lin, project=project)
    make_qualified(mei, project=project)
    return seats.take_seat(slot.pk, person=lin, now=NOW)


def refusal_of(rule, *args, **kwargs) -> str:
    with pytest.raises(REFUSALS) as refusal:
        rule(*args, **kwargs)
    return refusal.value.code


def events(seat) -> list[tuple[str, str]]:
    return list(SeatEvent.objects.filter(seat=seat).order_by("pk").values_list("old", "new"))


def test_seat_is_taken_for_two_days_and_takes_booth_and_person(seat, slot, lin):
    assert (seat.status, seat.person, seat.expires_at) == ("open", lin, NOW + timedelta(hours=48))
    assert events(seat) == [("", "open")]
    kinds = Occupancy.objects.filter(seat=seat).values_list("kind", "resource_id").distinct()
    assert set(kinds) == {("booth", slot.booth_id), ("person", lin.pk)}
    assert invariants.broken_occupancy() == []


def test_seat_ends_with_booking(lin, slot, project):
    make_qualified(lin, project=project)

    seat = seats.take_seat(slot.pk, person=lin, now=closes_at(slot) - timedelta(hours=1))

    assert seat.expires_at == closes_at(slot)


def test_nobody_else_takes_the_slot_or_the_person(seat, slot, lin, project):
    others = make_pair(make_person(), make_person(), project=project)
    assert refusal_of(bookings.hold_slot, slot.pk, pair=others, by=others.person_a, now=NOW) == "taken"
    assert refusal_of(seats.take_seat, slot.pk, person=others.person_a, now=NOW) == "taken"
    beside = make_slot(project=project, starts_at=slot.starts_at)
    with_lin = make_pair(lin, make_person(), project=project)

    assert refusal_of(bookings.hold_slot, beside.pk, pair=with_lin, by=lin, now=NOW) == "taken"


def test_person_has_one_seat_and_is_in_one_place(seat, lin, slot, project):
    later = make_slot(project=project, starts_at=slot.starts_at + timedelta(days=1))
    assert refusal_of(seats.take_seat, later.pk, person=lin, now=NOW) == "has_seat"
    busy = make_booking(project=project).pair.person_a
    at_work = make_slot(project=project)

    assert refusal_of(seats.take_seat, at_work.pk, person=busy, now=NOW) == "same_time"


@pytest.mark.parametrize(
    ("code", "prepare"),
    [
        ("not_qualified", lambda person, project: None),
        ("consent_missing", lambda person, project: withdraw_consent(person, scope="record")),
        ("all_sessions", lambda person, project: Project.objects.update(max_sessions_per_person=0)),
        ("unstaffed", lambda person, project: Project.objects.update(min_staff=3)),
    ],
)
def test_seat_has_the_conditions_of_a_booking(stranger, slot, project, code, prepare):
    if code != "not_qualified":
        make_qualified(stranger, project=project)
    prepare(stranger, project)

    assert refusal_of(seats.take_seat, slot.pk, person=stranger, now=NOW) == code


def test_who_waits_for_a_slot_comes_before_an_open_seat(lin, slot, project):
    make_qualified(lin, project=project)
    full = make_booking(slot=slot)
    make_waiting(slot)
    type(full).objects.filter(pk=full.pk).update(status="cancelled")
    full.occupancy.all().delete()

    assert refusal_of(seats.take_seat, slot.pk, person=lin, now=NOW) == "line"


def test_joining_makes_the_pair_and_confirms_the_booking(seat, lin, mei, slot, project):
    make_board_entry(mei, project=project)

    booking = seats.join_seat(seat, by=mei, now=NOW + timedelta(hours=1))

    pair = Pair.objects.get()
    assert (booking.pair, booking.status, booking.rate_fen, booking.slot) == (pair, "confirmed", 30000, slot)
    assert {pair.person_a, pair.person_b} == {lin, mei}
    assert events(seat) == [("", "open"), ("open", "joined")]
    assert list(BookingEvent.objects.order_by("pk").values_list("old", "new", "by")) == [
        ("", "awaiting", lin.pk),
        ("awaiting", "confirmed", mei.pk),
    ]
    assert not mei.board_entries.filter(status="open").exists()
    assert invariants.broken_occupancy() == invariants.broken_seats() == []


def test_living_pair_of_the_two_is_used_and_an_ended_one_lives_again(seat, lin, mei, project):
    pair = make_pair(lin, mei, project=project)
    Pair.objects.update(ended_at=NOW, ended_by=lin)

    booking = seats.join_seat(seat, by=mei, now=NOW)

    pair.refresh_from_db()
    assert (booking.pair, pair.ended_at, Pair.objects.count()) == (pair, None, 1)


@pytest.mark.parametrize(
    "code", ["own", "blocked", "over", "not_qualified", "same_time", "max_per_pair", "unstaffed"]
)
def test_joining_is_refused_and_changes_nothing(seat, lin, mei, slot, project, code):
    by, now = mei, NOW
    if code == "own":
        by = lin
    elif code == "blocked":
        mei.blocks.create(blocked=lin, at=NOW)
    elif code == "over":
        now = seat.expires_at
    elif code == "not_qualified":
        project.qualifications.filter(person=mei).update(status="suspended")
    elif code == "same_time":
        beside = make_slot(project=project, starts_at=slot.starts_at)
        make_booking(pair=make_pair(mei, make_person(), project=project), one=mei, slot=beside)
    elif code == "max_per_pair":
        Project.objects.update(max_sessions_per_pair=0)
    else:
        Project.objects.update(min_staff=3)
    pairs = Pair.objects.count()
    seat = OpenSeat.objects.get(pk=seat.pk)

    assert refusal_of(seats.join_seat, seat, by=by, now=now) == code
    assert (OpenSeat.objects.get().status, Pair.objects.count()) == ("open", pairs)
    assert invariants.broken_occupancy() == []


def test_second_who_joins_is_told_that_it_is_over(seat, mei, stranger, project):
    make_qualified(stranger, project=project)
    other = OpenSeat.objects.get(pk=seat.pk)
    seats.join_seat(seat, by=mei, now=NOW)

    assert refusal_of(seats.join_seat, other, by=stranger, now=NOW) == "over"


def test_seat_is_given_back_by_its_person_once(seat, lin, mei, slot):
    assert refusal_of(seats.withdraw_seat, seat, by=mei, now=NOW) == "not_yours"

    seats.withdraw_seat(seat, by=lin, now=NOW)

    assert (events(seat)[-1], Occupancy.objects.filter(seat=seat).count()) == (("open", "withdrawn"), 0)
    assert refusal_of(seats.withdraw_seat, seat, by=lin, now=NOW) == "over"
    assert make_booking(slot=slot).status == "confirmed"


def test_seat_that_nobody_joins_is_released_and_its_person_told_in_the_daytime(seat, lin):
    assert seats.release_seats(now=seat.expires_at - timedelta(seconds=1)) == 0

    assert [seats.release_seats(now=seat.expires_at) for _run in range(2)] == [1, 0]

    assert events(seat)[-1] == ("open", "released")
    told = Message.objects.get(template="seat_released")
    assert (told.person, told.params["day"]) == (lin, "3月9日 周一 09:00")


def test_who_had_the_slot_alone_stands_first_in_its_line(seat, lin, mei, slot, project):
    seats.release_seats(now=seat.expires_at)
    now = seat.expires_at
    full = make_booking(slot=slot, now=now)
    earlier = make_waiting(slot, now=now)
    mine = make_waiting(slot, pair=make_pair(lin, mei, project=project), now=now + timedelta(hours=1))

    assert [place.entry for place in waiting.places_in([slot.pk])[slot.pk]] == [mine, earlier]

    bookings.cancel_booking(full, by=full.pair.person_a, now=now + timedelta(hours=2))
    assert WaitingEntry.objects.get(status="offered") == mine


def test_seat_that_is_released_is_offered_to_who_waits_for_it(seat, lin, mei, slot, project):
    own = make_pair(lin, mei, project=project)
    with pytest.raises(WaitingRefused) as refusal:
        waiting.join_line(slot.pk, pair=own, by=mei, now=NOW)
    assert refusal.value.code == "yours"
    first, second = make_waiting(slot), make_waiting(slot)

    seats.release_seats(now=seat.expires_at)

    assert WaitingEntry.objects.get(status="offered") == first
    mine = make_waiting(slot, pair=own, now=seat.expires_at)
    assert [place.entry for place in waiting.places_in([slot.pk])[slot.pk]] == [mine, first, second]


def test_seat_that_is_given_back_is_offered_to_who_waits_for_it(seat, lin, slot):
    entry = make_waiting(slot)

    seats.withdraw_seat(seat, by=lin, now=NOW)

    entry.refresh_from_db()
    assert entry.status == "offered"


def test_hold_that_ran_out_keeps_nobody_from_taking_the_slot_or_joining(lin, mei, slot, project):
    make_qualified(mei, project=project)
    hold = make_booking(slot=slot, status="held")
    pair = make_pair(lin, make_person(), project=project)
    beside = make_slot(project=project, starts_at=slot.starts_at)
    own = make_booking(pair=pair, one=lin, slot=beside, status="held")
    assert refusal_of(seats.take_seat, slot.pk, person=lin, now=NOW) == "taken"

    seat = seats.take_seat(slot.pk, person=lin, now=hold.expires_at)

    third = make_slot(project=project, starts_at=slot.starts_at)
    of_mei = make_booking(
        pair=make_pair(mei, make_person(), project=project),
        one=mei,
        slot=third,
        status="held",
        now=hold.expires_at,
    )
    assert seats.join_seat(seat, by=mei, now=of_mei.expires_at).status == "confirmed"
    for booking in (hold, own, of_mei):
        booking.refresh_from_db()
        assert booking.status == "expired"
    assert invariants.broken_occupancy() == []


def test_who_waits_for_a_slot_whose_hold_ran_out_is_before_an_open_seat(lin, slot, project):
    make_qualified(lin, project=project)
    hold = make_booking(slot=slot, status="held")
    make_waiting(slot)

    assert refusal_of(seats.take_seat, slot.pk, person=lin, now=hold.expires_at) == "taken"
