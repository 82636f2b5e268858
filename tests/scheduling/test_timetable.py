from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling import timetable

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize("on", [MONDAY, date(2026, 3, 5), date(2026, 3, 8)])
def test_week_start_is_the_monday(on):
    assert timetable.week_start(on) == MONDAY


def test_days_from_counts_the_first_day():
    assert timetable.days_from(date(2026, 2, 27), count=3) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]


def test_weekdays_between_includes_both_ends():
    wednesdays = timetable.weekdays_between(date(2026, 3, 4), date(2026, 3, 18), weekday=2)

    assert wednesdays == [date(2026, 3, 4), date(2026, 3, 11), date(2026, 3, 18)]


def test_weekdays_between_may_be_none():
    assert timetable.weekdays_between(MONDAY, date(2026, 3, 3), weekday=6) == []


def test_slot_span_turns_local_time_into_utc():
    span = timetable.slot_span(MONDAY, time(9), minutes=180, zone=SHANGHAI)

    assert span == (datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 2, 4, tzinfo=UTC))


def test_slot_span_follows_summer_time():
    winter = timetable.slot_span(date(2026, 3, 28), time(9), minutes=180, zone=BERLIN)
    summer = timetable.slot_span(date(2026, 3, 30), time(9), minutes=180, zone=BERLIN)

    assert winter[0] == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert summer[0] == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_slot_span_is_none_where_the_clocks_jump():
    assert timetable.slot_span(date(2026, 3, 29), time(2, 30), minutes=180, zone=BERLIN) is None


@pytest.mark.parametrize(
    ("at", "expected"), [(time(9), True), (time(9, 30), True), (time(9, 29), False), (time(9, 0, 1), False)]
)
def test_is_on_grid_knows_half_hours(at, expected):
    assert timetable.is_on_grid(at) is expected


@pytest.mark.parametrize(("minutes_between", "expected"), [(29, True), (30, False)])
def test_spans_clash_within_the_pause(minutes_between, expected):
    first = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC))
    start = first[1] + timedelta(minutes=minutes_between)
    second = (start, start + timedelta(hours=3))

    assert timetable.spans_clash(first, second, pause=timedelta(minutes=30)) is expected
    assert timetable.spans_clash(second, first, pause=timedelta(minutes=30)) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, time(9)), (0, time(12, 29)), True),
        ((0, time(9)), (0, time(12, 30)), False),
        ((0, time(9)), (1, time(9)), False),
        ((6, time(22)), (0, time(1)), True),
        ((6, time(21)), (0, time(0, 30)), False),
    ],
)
def test_weekly_spans_clash_around_the_week(one, other, expected):
    assert timetable.weekly_spans_clash(one, other, minutes=180, pause=30) is expected
    assert timetable.weekly_spans_clash(other, one, minutes=180, pause=30) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((MONDAY, None), (MONDAY, None), True),
        ((MONDAY, MONDAY), (MONDAY, None), True),
        ((MONDAY, MONDAY), (date(2026, 3, 3), None), False),
        ((MONDAY, date(2026, 3, 3)), (date(2026, 3, 3), date(2026, 3, 4)), True),
    ],
)
def test_ranges_meet_on_a_shared_day(one, other, expected):
    assert timetable.ranges_meet(one, other) is expected
    assert timetable.ranges_meet(other, one) is expected


def test_make_grid_puts_entries_on_their_local_day():
    late = ("booth 1", datetime(2026, 3, 2, 17, tzinfo=UTC))
    early = ("booth 1", datetime(2026, 3, 2, 1, tzinfo=UTC))
    elsewhere = ("booth 3", datetime(2026, 3, 2, 1, tzinfo=UTC))

    grid = timetable.make_grid(
        ["booth 1", "booth 2"],
        [late, early, elsewhere],
        days=timetable.days_from(MONDAY, count=2),
        head_of=lambda entry: entry[0],
        starts_at_of=lambda entry: entry[1],
        zone_of=lambda entry: SHANGHAI,
    )

    assert [(row.head, [day.entries for day in row.days]) for row in grid] == [
        ("booth 1", [(early,), (late,)]),
        ("booth 2", [(), ()]),
    ]


def test_day_strip_marks_today_and_sorts_each_day():
    noon, morning = datetime(2026, 3, 3, 4, tzinfo=UTC), datetime(2026, 3, 3, 1, tzinfo=UTC)

    strip = timetable.day_strip(
        [noon, morning],
        days=timetable.days_from(MONDAY, count=2),
        today=MONDAY,
        starts_at_of=lambda moment: moment,
        zone=SHANGHAI,
    )

    assert strip == [
        timetable.StripDay(MONDAY, (), is_today=True),
        timetable.StripDay(date(2026, 3, 3), (morning, noon), is_today=False),
    ]


def test_state_of_a_confirmed_slot_says_that_it_has_no_ending_once_it_is_over():
    def state(is_over):
        return timetable.state_of(
            is_closed=False, booking_status="confirmed", is_staffed=True, is_over=is_over
        )

    assert (state(False), state(True)) == (timetable.SlotState.CONFIRMED, timetable.SlotState.UNENDED)
