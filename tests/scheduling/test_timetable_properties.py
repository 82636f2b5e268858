"""The timetable held against counting by hand: random weeks, zones, blackouts and slots."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling import timetable

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia")]
half_hours = st.integers(0, 47).map(lambda number: time(number // 2, number % 2 * 30))
weekly = st.tuples(st.integers(0, 6), half_hours)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
lengths = st.integers(1, 12).map(lambda number: number * 30)
pauses = st.integers(0, 4).map(lambda number: number * 30)


def moments_of(weekday_and_start, *, weeks=3):
    """Return the minute of each start in some weeks that follow each other."""
    weekday, at = weekday_and_start
    first = weekday * timetable.MINUTES_A_DAY + at.hour * 60 + at.minute
    return [first + week * timetable.MINUTES_A_WEEK for week in range(weeks)]


@given(weekly, weekly, lengths, pauses)
def test_weekly_spans_clash_exactly_when_two_of_their_slots_do(one, other, minutes, pause):
    by_hand = any(
        a < b + minutes + pause and b < a + minutes + pause
        for a in moments_of(one)
        for b in moments_of(other)
    )

    assert timetable.weekly_spans_clash(one, other, minutes=minutes, pause=pause) == by_hand
    assert timetable.weekly_spans_clash(other, one, minutes=minutes, pause=pause) == by_hand


@given(weekly, lengths, pauses)
def test_a_weekly_slot_always_clashes_with_itself(one, minutes, pause):
    assert timetable.weekly_spans_clash(one, one, minutes=minutes, pause=pause)


@given(days, days, st.integers(0, 6))
def test_weekdays_between_are_all_the_days_of_that_weekday(one, other, weekday):
    first, last = min(one, other), min(max(one, other), min(one, other) + timedelta(days=60))
    by_hand = [
        first + timedelta(days=number)
        for number in range((last - first).days + 1)
        if (first + timedelta(days=number)).weekday() == weekday
    ]

    assert timetable.weekdays_between(first, last, weekday=weekday) == by_hand


@given(days, half_hours, lengths, st.sampled_from(ZONES))
def test_slot_span_lasts_real_minutes_and_begins_at_the_local_time(on, at, minutes, zone):
    span = timetable.slot_span(on, at, minutes=minutes, zone=zone)

    if span is None:
        local = datetime.combine(on, at, tzinfo=zone)
        assert local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None)
        return
    starts_at, ends_at = span
    assert ends_at - starts_at == timedelta(minutes=minutes)
    assert starts_at.astimezone(zone).replace(tzinfo=None) == datetime.combine(on, at)
    assert timetable.is_on_grid(starts_at)


@given(days, half_hours, lengths, st.sampled_from(ZONES))
def test_passes_midnight_exactly_when_a_minute_of_it_is_on_another_day(on, at, minutes, zone):
    starts_at = datetime.combine(on, at, tzinfo=zone).astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=minutes)
    local_days = {
        (starts_at + timedelta(minutes=minute)).astimezone(zone).date() for minute in range(0, minutes, 10)
    }

    assert timetable.passes_midnight(starts_at, ends_at, zone=zone) == (len(local_days) > 1)


ranges = st.tuples(days, st.integers(0, 40), st.booleans()).map(
    lambda drawn: (drawn[0], None if drawn[2] else drawn[0] + timedelta(days=drawn[1]))
)


@given(ranges, ranges)
def test_ranges_meet_exactly_when_they_share_a_day(one, other):
    latest_start = max(one[0], other[0])
    earliest_end = min(end or date.max for end in (one[1], other[1]))

    assert timetable.ranges_meet(one, other) == (latest_start <= earliest_end)
    assert timetable.ranges_meet(other, one) == (latest_start <= earliest_end)
