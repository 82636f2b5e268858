"""The order of a line and the end of an offer, as plain values. Rule: R-24."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from accounts.outbox import QuietHours, quiet_end
from scheduling.waiting_line import SENDING, OfferSpan, Place, awake_end, offer_end, order_line
from tests.factories import NOW

SPAN = OfferSpan(
    usual=timedelta(hours=2),
    soon=timedelta(minutes=30),
    soon_within=timedelta(hours=48),
    least=timedelta(minutes=10),
)
NO_QUIET = QuietHours(0, 0)
NIGHT = QuietHours(21, 8, "Asia/Shanghai")
MINUTE = timedelta(minutes=1)
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

    end = offer_end(at=NOW, starts_at=starts_at, closes_at=closes_at, span=SPAN, quiet=NO_QUIET)

    full = SPAN.soon if minutes_before < 48 * 60 else SPAN.usual
    if closes_at - NOW < SPAN.least:
        assert end is None
    else:
        assert end == min(NOW + full, closes_at)


def end_of(*, hours_before: float, closes_hours: float = 24):
    starts_at = NOW + timedelta(hours=hours_before)
    closes_at = starts_at - timedelta(hours=closes_hours)
    return offer_end(at=NOW, starts_at=starts_at, closes_at=closes_at, span=SPAN, quiet=NO_QUIET)


def test_offer_is_short_inside_of_48_hours_and_not_at_48():
    assert end_of(hours_before=48) == NOW + timedelta(hours=2)
    assert end_of(hours_before=47.99) == NOW + timedelta(minutes=30)


def test_offer_never_outlasts_booking_and_is_none_below_ten_minutes():
    assert end_of(hours_before=24.25) == NOW + timedelta(minutes=15)
    assert end_of(hours_before=24 + 1 / 6) == NOW + timedelta(minutes=10)
    assert end_of(hours_before=24.16) is None


def awake_minutes(begins_at, ends_at, *, quiet) -> int:
    minutes = int((ends_at - begins_at) / MINUTE)
    moments = (begins_at + number * MINUTE for number in range(minutes))
    return sum(quiet_end(moment, quiet=quiet) == moment for moment in moments)


@given(
    st.integers(0, 24 * 60),
    st.integers(0, 80 * 60),
    st.builds(QuietHours, st.integers(0, 23), st.integers(0, 23), st.just("Asia/Shanghai")),
)
def test_everybody_has_the_full_time_awake_or_until_booking_closes(minute, minutes_left, quiet):
    at = NOW + minute * MINUTE
    closes_at = at + minutes_left * MINUTE
    starts_at = closes_at + timedelta(hours=24)

    end = offer_end(at=at, starts_at=starts_at, closes_at=closes_at, span=SPAN, quiet=quiet)

    if end is None:
        needed = SPAN.least + (SENDING if quiet.from_hour != quiet.to_hour else timedelta())
        assert awake_minutes(at, closes_at, quiet=quiet) * MINUTE < needed
    else:
        assert end <= closes_at
        had = awake_minutes(at, end, quiet=quiet) * MINUTE
        full = SPAN.usual if starts_at - end >= SPAN.soon_within else SPAN.soon
        assert end == closes_at or had >= full
        assert had <= SPAN.usual + SENDING
        assert had >= SPAN.least


def at_evening(hour: int, minute: int = 0):
    return NOW.replace(hour=hour, minute=minute, second=0, microsecond=0)


def evening_end(at, *, closes_in: timedelta = timedelta(days=5)):
    closes_at = at + closes_in
    return offer_end(
        at=at, starts_at=closes_at + timedelta(hours=24), closes_at=closes_at, span=SPAN, quiet=NIGHT
    )


def test_offer_in_the_last_minutes_before_the_night_begins_after_it():
    morning = at_evening(8) + timedelta(days=1)

    for moment in (at_evening(20, 55), at_evening(20, 58), at_evening(21), at_evening(23)):
        assert evening_end(moment) == morning + timedelta(hours=2)


def test_what_is_left_at_night_goes_on_in_the_morning():
    morning = at_evening(8) + timedelta(days=1)

    assert evening_end(at_evening(19)) == at_evening(21)
    assert evening_end(at_evening(19, 30)) == morning + timedelta(minutes=30)
    assert evening_end(at_evening(20, 54)) == morning + timedelta(minutes=114)


def test_nothing_is_offered_that_only_the_night_is_left_for():
    assert evening_end(at_evening(20, 54), closes_in=timedelta(hours=8)) is None
    assert evening_end(at_evening(20, 50), closes_in=timedelta(hours=8)) == at_evening(20, 50) + timedelta(
        hours=8
    )


def test_long_time_goes_over_several_nights():
    end = awake_end(at_evening(20), span=timedelta(hours=15), quiet=NIGHT)

    assert end == at_evening(9) + timedelta(days=2)
