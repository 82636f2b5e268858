"""Who is how many in the line for a slot, and how long an offer lasts. Plain values, no database. Rule: R-24."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Place:
    """
    One pair in the line: its entry's number, since when it waits, and its rights.

    One of them has first choice (R-26), or had this slot alone and found nobody to join (R-46).
    """

    number: int
    made_at: datetime
    has_first_choice: bool = False
    has_lost_seat: bool = False


def order_line(places: Iterable[Place]) -> list[Place]:
    """
    Return the line: who had the slot alone, then who has first choice, then the others.

    Of the same right, who came first; then the lower number.
    """
    return sorted(places, key=_rank)


def _rank(place: Place) -> tuple[bool, bool, datetime, int]:
    return not place.has_lost_seat, not place.has_first_choice, place.made_at, place.number


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
