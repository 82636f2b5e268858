"""Who is how many in the line for a slot, and how long an offer lasts. Plain values, no database. Rule: R-24."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Place:
    """One pair in the line: its entry's number, since when it waits, and whether one of them has first choice."""

    number: int
    made_at: datetime
    has_first_choice: bool = False


def order_line(places: Iterable[Place]) -> list[Place]:
    """Return the line: who has first choice before the others, then who came first, then the lower number."""
    return sorted(places, key=lambda place: (not place.has_first_choice, place.made_at, place.number))


@dataclass(frozen=True)
class OfferSpan:
    """The figures of a project by which an offer ends."""

    usual: timedelta
    soon: timedelta
    soon_within: timedelta
    least: timedelta


def offer_end(
    *, begins_at: datetime, starts_at: datetime, closes_at: datetime, span: OfferSpan
) -> datetime | None:
    """
    Return when an offer ends whose clock begins at `begins_at`, never after booking closes.

    None when less than `least` is left before that: nobody could answer, so nobody is offered it.
    """
    is_soon = starts_at - begins_at < span.soon_within
    ends_at = min(begins_at + (span.soon if is_soon else span.usual), closes_at)
    return ends_at if ends_at - begins_at >= min(span.least, span.soon) else None
