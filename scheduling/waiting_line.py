"""Who is how many in the line for a slot, and how long an offer lasts. Plain values, no database. Rule: R-24."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.outbox import QuietHours, next_quiet_start, quiet_end

# A message takes as long as this to go: the worker comes each minute, and may be late.
SENDING = timedelta(minutes=5)


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
    *, at: datetime, starts_at: datetime, closes_at: datetime, span: OfferSpan, quiet: QuietHours
) -> datetime | None:
    """
    Return when an offer ends that is made at `at`, never after booking closes.

    Its clock begins when its message may go, which takes SENDING, and stands still in the quiet
    hours. None when less than `least` of waking time is left before the close: nobody could
    answer, so nobody is offered it. Rules: R-22, R-24, R-25.
    """
    begins_at = quiet_end(at, quiet=quiet)
    told_at = begins_at + SENDING
    begins_at = begins_at if quiet_end(told_at, quiet=quiet) == told_at else quiet_end(told_at, quiet=quiet)
    usual = span.soon if starts_at - begins_at < span.soon_within else span.usual
    if awake_end(begins_at, span=min(span.least, span.soon), quiet=quiet) > closes_at:
        return None
    return min(awake_end(begins_at, span=usual, quiet=quiet), closes_at)


def awake_end(begins_at: datetime, *, span: timedelta, quiet: QuietHours) -> datetime:
    """Return when so much time outside of the quiet hours has passed since `begins_at`. Rule: R-25."""
    at = quiet_end(begins_at, quiet=quiet)
    while (night := next_quiet_start(at, quiet=quiet)) is not None and night - at < span:
        span -= night - at
        at = quiet_end(night, quiet=quiet)
    return at + span
