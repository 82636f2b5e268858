"""Calendar files are read back by a calendar as they were meant."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from scheduling.calendar_files import CalendarEntry, make_feed, make_file
from tests.factories import SHANGHAI

ENTRY = CalendarEntry(
    uid="booking-7@duologue",
    sequence=3,
    status="CONFIRMED",
    starts_at=datetime(2026, 3, 5, 9, tzinfo=SHANGHAI),
    ends_at=datetime(2026, 3, 5, 12, tzinfo=SHANGHAI),
    summary="录音; Duologue",
    location="成都市锦江区东大街 1 号, 3 楼",
    description="Bring your ID.\nCome 10 minutes early.",
    url="https://example.org/booking/7/",
    changed_at=datetime(2026, 3, 2, 10, tzinfo=SHANGHAI),
)


def read(content):
    calendar = Calendar.from_ical(content)
    return calendar, calendar.walk("VEVENT")


def test_file_is_read_back_by_a_calendar():
    content = make_file(ENTRY, organizer="duologue@example.org")
    calendar, (event,) = read(content)

    assert str(event["summary"]) == "录音; Duologue"
    assert str(event["location"]) == "成都市锦江区东大街 1 号, 3 楼"
    assert str(event["description"]) == "Bring your ID.\nCome 10 minutes early."
    assert event["dtstart"].dt == datetime(2026, 3, 5, 1, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2026, 3, 5, 4, tzinfo=UTC)
    assert (event["uid"], event["sequence"], event["status"]) == ("booking-7@duologue", 3, "CONFIRMED")
    assert str(event["organizer"]) == "mailto:duologue@example.org"
    assert calendar["method"] == "PUBLISH"
    assert b"\r\n" in content


def test_cancelled_session_is_a_cancellation():
    calendar, (event,) = read(make_file(replace(ENTRY, status="CANCELLED"), organizer="a@example.org"))

    assert (calendar["method"], event["status"]) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize(
    ("name", "read_as"),
    [
        ("棚一\r\nATTENDEE:mailto:x@example.org", "棚一 ATTENDEE:mailto:x@example.org"),
        ("A, B; C\\D", "A, B; C\\D"),
        ("名" * 200, "名" * 200),
    ],
)
def test_name_with_line_breaks_and_commas_stays_one_value(name, read_as):
    _calendar, (event,) = read(make_file(replace(ENTRY, location=name), organizer="a@example.org"))

    assert str(event["location"]) == read_as
    assert "attendee" not in event


def test_lines_are_folded_at_75_bytes():
    content = make_file(replace(ENTRY, summary="名" * 100), organizer="a@example.org")

    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_feed_holds_many_and_says_when_to_come_again():
    calendar, events = read(make_feed([ENTRY, replace(ENTRY, uid="b")], name="班次"))

    assert [str(event["uid"]) for event in events] == ["booking-7@duologue", "b"]
    assert (str(calendar["x-wr-calname"]), calendar["method"]) == ("班次", "PUBLISH")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in calendar.to_ical()
