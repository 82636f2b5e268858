"""One UNIQUE refuses a double-booked booth, participant or member of staff."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from scheduling.models import Occupancy
from scheduling.occupancy import AlreadyTaken, booking_keys, claim_shift, release_shift, ticks_between
from tests.factories import (
    NOW,
    SHANGHAI,
    make_booking,
    make_booth,
    make_pair,
    make_person,
    make_project,
    make_shift,
    make_slot,
)

pytestmark = pytest.mark.django_db
DAY = NOW.replace(hour=9) + timedelta(days=3)


def test_ticks_of_three_hours_are_six():
    nine = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)

    ticks = ticks_between(nine, nine + timedelta(hours=3))

    assert len(ticks) == 6
    assert ticks.start == int(nine.timestamp()) // 1800


def test_ticks_take_the_whole_of_a_half_hour_that_is_touched():
    nine = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)

    assert len(ticks_between(nine, nine + timedelta(minutes=30))) == 1
    assert len(ticks_between(nine, nine + timedelta(minutes=31))) == 2
    assert len(ticks_between(nine + timedelta(minutes=29), nine + timedelta(minutes=31))) == 2


def test_ticks_of_an_empty_span_are_a_mistake():
    with pytest.raises(ValueError, match="ends after"):
        ticks_between(NOW, NOW)


def test_booking_takes_booth_with_turnover_and_both_people(lin, mei):
    booking = make_booking(one=lin, other=mei)

    taken = list(Occupancy.objects.filter(booking=booking).values_list("kind", "resource_id"))

    assert sorted(set(taken)) == [
        ("booth", booking.slot.booth_id),
        *sorted([("person", lin.pk), ("person", mei.pk)]),
    ]
    assert taken.count(("booth", booking.slot.booth_id)) == 7
    assert taken.count(("person", lin.pk)) == taken.count(("person", mei.pk)) == 6


def test_booking_keys_are_in_one_order(lin, mei):
    project = make_project()
    keys = booking_keys(slot=make_slot(project=project), pair=make_pair(lin, mei, project=project))

    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == 19


def test_staff_cannot_be_claimed_for_two_slots_at_one_time(mara):
    project = make_project()
    one, other = make_slot(project=project, starts_at=DAY), make_slot(project=project, starts_at=DAY, staff=0)
    shift = one.shifts.get(pk=one.shifts.first().pk)

    with pytest.raises(AlreadyTaken) as refusal, transaction.atomic():
        claim_shift(shift, slot=other)

    assert refusal.value.code == "taken"


def test_released_shift_frees_the_person(mara):
    project = make_project()
    slot = make_slot(project=project, booth=make_booth(), starts_at=DAY, staff=0)
    shift = make_shift(slot, by=mara)

    release_shift(shift)

    assert not Occupancy.objects.filter(shift=shift).exists()


def test_staff_cannot_speak_and_accompany_at_one_time(lin, mei, mara):
    booking = make_booking(one=lin, other=mei)
    other = make_slot(project=booking.project, starts_at=booking.slot.starts_at, staff=1)
    shift = other.shifts.get()
    release_shift(shift)
    shift.person = make_person()
    claim_shift(shift, slot=other)
    release_shift(shift)
    shift.person = lin

    with pytest.raises(AlreadyTaken) as refusal, transaction.atomic():
        claim_shift(shift, slot=other)

    assert refusal.value.code == "taken"
