"""Calendar files (RFC 5545) as plain values: no database, no clock. Times are written in UTC, right in any zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

# What a calendar that follows a feed is asked to wait between two looks.
REFRESH = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """
    One time in a calendar.

    The same `uid` with a higher `sequence` replaces what the calendar has; `status` is
    CONFIRMED, TENTATIVE or CANCELLED. `changed_at` is when it became so.
    """

    uid: str
    sequence: int
    status: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    url: str
    changed_at: datetime


def make_file(entry: CalendarEntry, *, organizer: str) -> bytes:
    """
    Return one time as a file to open: METHOD PUBLISH, or CANCEL for one that was cancelled (RFC 5546).

    `organizer` is the e-mail address of whoever sends it.
    """
    event = _event(entry)
    address = vCalAddress(f"mailto:{organizer}")
    address.params["cn"] = vText("Duologue")
    event.add("organizer", address)
    calendar = _calendar("CANCEL" if entry.status == "CANCELLED" else "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def make_feed(entries: Iterable[CalendarEntry], *, name: str) -> bytes:
    """Return many times as a calendar to follow; what is not in it any more disappears there."""
    calendar = _calendar("PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry))
    return calendar.to_ical()


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Duologue//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("status", entry.status)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", _one_line(entry.summary))
    event.add("location", _one_line(entry.location))
    event.add("description", entry.description)
    event.add("url", entry.url)
    return event


def _one_line(text: str) -> str:
    """Return the text without line breaks, which titles and places do not have."""
    return " ".join(text.split())
