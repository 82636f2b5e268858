"""The order of a line and the end of an offer, as plain values. Rule: R-24."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduling.waiting_line import OfferSpan, Place, offer_end, order_line
from tests.factories import NOW

SPAN = OfferSpan(
    usual=timedelta(hours=2),
    soon=timedelta(minutes=30),
    soon_within=timedelta(hours=48),
    least=timedelta(minutes=10),
)
PLACES = st.lists(
    st.builds(
        Place,
        number=st.integers(1, 99),
        made_at=st.integers(0, 5).map(lambda minute: NOW + timedelta(minutes=minute)),
        has_first_choice=st.booleans(),
        has_lost_seat=st.booleans(),
    ),
    unique_by=lambda place: place.number,
)


@given(PLACES, st.randoms())
def test_line_is_the_same_however_it_is_read(places, dice):
    shuffled = [*places]
    dice.shuffle(shuffled)

    assert order_line(shuffled) == order_line(places)
    assert sorted(order_line(places), key=lambda place: place.number) == sorted(
        places, key=lambda place: place.number
    )


@given(PLACES)
def test_nobody_stands_before_somebody_with_a_better_right(places):
    line = order_line(places)

    for before, after in pairwise(line):
        rights = [(place.has_lost_seat, place.has_first_choice) for place in (before, after)]
        assert rights[0] >= rights[1]
        if rights[0] == rights[1]:
            assert (before.made_at, before.number) < (after.made_at, after.number)


@given(PLACES, st.integers(100, 200))
def test_who_comes_last_without_first_choice_stands_last_and_moves_nobody(places, number):
    comer = Place(number, NOW + timedelta(hours=1))

    assert order_line([comer, *places]) == [*order_line(places), comer]


@given(PLACES.filter(bool), st.data())
def test_who_leaves_changes_no_order(places, data):
    gone = data.draw(st.sampled_from(places))

    assert order_line(place for place in places if place != gone) == [
        place for place in order_line(places) if place != gone
    ]


@given(st.integers(0, 400 * 60), st.integers(0, 48))
def test_offer_lasts_its_time_or_until_booking_closes(minutes_before, closes_hours):
    starts_at = NOW + timedelta(minutes=minutes_before)
    closes_at = starts_at - timedelta(hours=closes_hours)

    end = offer_end(begins_at=NOW, starts_at=starts_at, closes_at=closes_at, span=SPAN)

    full = SPAN.soon if minutes_before < 48 * 60 else SPAN.usual
    if closes_at - NOW < SPAN.least:
        assert end is None
    else:
        assert end == min(NOW + full, closes_at)


def end_of(*, hours_before: float, closes_hours: float = 24):
    starts_at = NOW + timedelta(hours=hours_before)
    closes_at = starts_at - timedelta(hours=closes_hours)
    return offer_end(begins_at=NOW, starts_at=starts_at, closes_at=closes_at, span=SPAN)


def test_offer_is_short_inside_of_48_hours_and_not_at_48():
    assert end_of(hours_before=48) == NOW + timedelta(hours=2)
    assert end_of(hours_before=47.99) == NOW + timedelta(minutes=30)


def test_offer_never_outlasts_booking_and_is_none_below_ten_minutes():
    assert end_of(hours_before=24.25) == NOW + timedelta(minutes=15)
    assert end_of(hours_before=24 + 1 / 6) == NOW + timedelta(minutes=10)
    assert end_of(hours_before=24.16) is None
