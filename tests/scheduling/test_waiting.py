"""Waiting for a full slot: joining, the order of the line, leaving, and the end of a list. Rule: R-24."""

from datetime import timedelta

import pytest

from scheduling import bookings, slots, waiting
from scheduling.attendance import record_attendance
from scheduling.conditions import BookingRefused, closes_at
from scheduling.models import Booking, Pair, Project, Slot, WaitingEntry, WaitingEvent
from scheduling.waiting import WaitingRefused
from tests.factories import (
    NOW,
    make_booking,
    make_booth,
    make_pair,
    make_person,
    make_project,
    make_slot,
)

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
    return make_slot(project=project, starts_at=NINE + timedelta(days=7))


@pytest.fixture
def full(slot) -> Booking:
    """Two others have the slot."""
    return make_booking(slot=slot)


def make_waiting(slot, *, pair=None, now=NOW) -> WaitingEntry:
    pair = pair or make_pair(make_person(), make_person(), project=slot.project)
    return waiting.join_line(slot.pk, pair=pair, by=pair.person_a, now=now)


def refusal_of(slot, *, pair, by=None, now=NOW) -> str:
    with pytest.raises((WaitingRefused, BookingRefused)) as refusal:
        waiting.join_line(slot.pk, pair=pair, by=by or pair.person_a, now=now)
    return refusal.value.code


def events(entry) -> list[tuple[str, str]]:
    return list(WaitingEvent.objects.filter(entry=entry).order_by("pk").values_list("old", "new"))


def test_pair_joins_the_line_of_a_full_slot(full, slot, pair, lin):
    entry = waiting.join_line(slot.pk, pair=pair, by=lin, now=NOW)

    assert (entry.status, entry.made_by, entry.made_at, entry.project) == ("waiting", lin, NOW, slot.project)
    assert events(entry) == [("", "waiting")]


def test_slot_that_is_held_has_a_line_too(slot, pair):
    make_booking(slot=slot, status="held")

    assert make_waiting(slot, pair=pair).status == "waiting"


def test_free_slot_has_no_line(slot, pair):
    assert refusal_of(slot, pair=pair) == "not_full"


def test_nobody_waits_for_what_they_have(slot, pair):
    make_booking(slot=slot, pair=pair)

    assert refusal_of(slot, pair=pair) == "yours"


def test_nobody_waits_for_a_time_at_which_they_are_somewhere_else(full, slot, pair, lin):
    make_booking(pair=pair, slot=make_slot(project=slot.project, starts_at=slot.starts_at))

    assert refusal_of(slot, pair=pair) == "same_time"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (closes_at, "too_late"),
        (lambda slot: slot.starts_at, "past"),
    ],
)
def test_line_closes_with_booking(full, slot, pair, at, code):
    assert refusal_of(slot, pair=pair, now=at(slot)) == code
    assert make_waiting(slot, pair=pair, now=closes_at(slot) - timedelta(seconds=1)).status == "waiting"


def test_conditions_of_booking_are_those_of_waiting(full, slot, pair, stranger):
    assert refusal_of(slot, pair=pair, by=stranger) == "not_a_member"
    other = make_pair(make_person(), make_person(), project=make_project(slug="other"))
    assert refusal_of(slot, pair=other) == "other_project"
    pair.project.qualifications.filter(person=pair.person_b).update(status="suspended")
    assert refusal_of(slot, pair=pair) == "not_qualified"


def test_pair_waits_once_for_a_slot(full, slot, pair, lin, mei):
    make_waiting(slot, pair=pair)

    assert refusal_of(slot, pair=pair, by=pair.person_b) == "already"


def test_pair_waits_for_five_slots_and_no_sixth(pair, project):
    project.max_sessions_per_pair = 9
    full = [make_slot(project=project, starts_at=NINE + timedelta(days=3 + day)) for day in range(6)]
    for slot in full:
        make_booking(slot=slot)
    for slot in full[:5]:
        make_waiting(slot, pair=pair)

    assert refusal_of(full[5], pair=pair) == "enough"


def test_list_has_an_end(full, slot, pair):
    slot.project.waiting_places = 2
    slot.project.save()
    make_waiting(slot)
    make_waiting(slot)

    assert refusal_of(slot, pair=pair) == "list_full"


def test_places_are_counted_in_the_order_of_coming(full, slot, django_assert_num_queries):
    later = make_waiting(slot, now=NOW + timedelta(minutes=2))
    first, second = make_waiting(slot), make_waiting(slot)

    with django_assert_num_queries(1):
        (line,) = waiting.places_in([slot.pk]).values()

    assert [(place.entry, place.place, place.length) for place in line] == [
        (first, 1, 3),
        (second, 2, 3),
        (later, 3, 3),
    ]


def test_turned_away_people_stand_before_those_who_came_earlier(full, slot, pair, lin, mei, oskar):
    earlier = make_waiting(slot)
    failed = make_booking(
        pair=pair, one=lin, slot=make_slot(project=slot.project, starts_at=NINE + timedelta(days=2))
    )
    at = failed.slot.starts_at
    record_attendance(failed, person=mei, outcome="turned_away", by=oskar, now=at)
    bookings.write_off_booking(failed, by=oskar, now=at, reason="The booth is broken")

    mine = make_waiting(slot, pair=pair, now=at)

    assert [place.entry for place in waiting.places_in([slot.pk])[slot.pk]] == [mine, earlier]
    assert [(place.entry, place.place, place.length) for place in waiting.places_of(lin)] == [(mine, 1, 2)]


@pytest.mark.parametrize("count", [1, 3])
def test_ones_places_take_two_queries(project, pair, lin, count, django_assert_num_queries):
    for day in range(count):
        slot = make_slot(project=project, starts_at=NINE + timedelta(days=4 + day))
        make_booking(slot=slot)
        make_waiting(slot, pair=pair)

    with django_assert_num_queries(2):
        assert len(waiting.places_of(lin)) == count


def test_either_of_the_pair_leaves_and_may_come_again_at_the_end(full, slot, pair):
    entry = make_waiting(slot, pair=pair)
    other = make_waiting(slot)

    waiting.leave_line(entry, by=pair.person_b, now=NOW)
    again = make_waiting(slot, pair=pair, now=NOW + timedelta(minutes=1))

    assert events(entry) == [("", "waiting"), ("waiting", "left")]
    assert [place.entry for place in waiting.places_in([slot.pk])[slot.pk]] == [other, again]


def test_only_the_pair_leaves_and_only_once(full, slot, pair, stranger, lin):
    entry = make_waiting(slot, pair=pair)
    with pytest.raises(WaitingRefused) as refusal:
        waiting.leave_line(entry, by=stranger, now=NOW)
    assert refusal.value.code == "not_yours"
    waiting.leave_line(entry, by=lin, now=NOW)

    with pytest.raises(WaitingRefused) as refusal:
        waiting.leave_line(entry, by=lin, now=NOW)

    assert refusal.value.code == "over"


def test_staff_remove_with_a_reason_that_the_two_read(full, slot, pair, mara, lin):
    entry = make_waiting(slot, pair=pair)
    with pytest.raises(WaitingRefused) as refusal:
        waiting.remove_from_line(entry, by=mara, now=NOW, reason=" ")
    assert refusal.value.code == "reason_needed"

    waiting.remove_from_line(entry, by=mara, now=NOW, reason="You asked by telephone")

    assert [(one.status, one.why) for one in waiting.ended_lately(lin, now=NOW)] == [
        ("removed", "You asked by telephone")
    ]
    assert waiting.ended_lately(lin, now=NOW + timedelta(days=3)) == []


def test_list_is_closed_with_booking_and_with_the_pair(full, slot, pair, lin):
    over = make_waiting(slot)
    slots_later = make_slot(project=slot.project, starts_at=NINE + timedelta(days=8), booth=make_booth())
    make_booking(slot=slots_later)
    parted, stays = make_waiting(slots_later, pair=pair), make_waiting(slots_later)
    Pair.objects.filter(pk=pair.pk).update(ended_at=NOW, ended_by=lin)

    assert waiting.lapse_entries(now=closes_at(slot)) == 2
    assert waiting.lapse_entries(now=closes_at(slot)) == 0

    for entry, status in [(over, "lapsed"), (parted, "lapsed"), (stays, "waiting")]:
        entry.refresh_from_db()
        assert entry.status == status


def test_closed_slot_keeps_its_line(full, slot, pair, mara):
    entry = make_waiting(slot, pair=pair)
    bookings.cancel_booking(full, by=mara, now=NOW, reason="Booth broken")
    entry.refresh_from_db()
    assert entry.status == "offered"
    bookings.cancel_booking(entry.offers.get(), by=mara, now=NOW, reason="Booth broken")

    slots.close_slot(slot, by=mara, now=NOW, reason="Booth broken")

    entry.refresh_from_db()
    assert entry.status == "removed"
