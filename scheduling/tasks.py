"""What the worker does for scheduling: each reads the clock once and calls one rule."""

from django.utils import timezone

from scheduling import (
    board,
    bookings,
    draws,
    escalation_watch,
    move_requests,
    pairs,
    release_news,
    reminders,
    seats,
    shift_news,
    standing,
    swaps,
    telling,
    waiting,
)
from scheduling.models import Release


def expire_bookings() -> int:
    """Let go the holds and open questions whose time is over. Rule: R-21."""
    return bookings.expire_bookings(now=timezone.now())


def expire_invitations() -> int:
    """End the invitations that nobody took up in time. Rule: R-16."""
    return pairs.expire_invitations(now=timezone.now())


def remind() -> int:
    """Post the reminders that are due. Rule: R-25."""
    return reminders.remind(now=timezone.now())


def tell_bookings() -> int:
    """Tell people what became of their bookings. Rules: R-21, R-23."""
    return telling.tell_bookings(now=timezone.now())


def expire_board_entries() -> int:
    """Take the entries off the partner board whose time is over. Rule: R-16."""
    return board.expire_entries(now=timezone.now())


def draw_release(release_id: int) -> int:
    """Draw a release whose moment has come. Rule: R-45."""
    return draws.draw_release(Release.objects.get(pk=release_id), now=timezone.now())


def draw_releases() -> int:
    """Begin the draws whose moment has come, and go on with those that were cut. Rule: R-45."""
    return draws.draw_due_releases(now=timezone.now())


def sweep_lines() -> int:
    """Offer the slots that came free without an offer, and close waiting lists whose time is over. Rule: R-24."""
    return waiting.sweep_lines(now=timezone.now())


def watch_escalations() -> int:
    """Open, settle and repeat what the managers must know of short rotas. Rule: R-19."""
    return escalation_watch.watch_escalations(now=timezone.now())


def tell_shifts() -> int:
    """Tell staff that managers have changed their shifts. Rule: R-19."""
    return shift_news.tell_shifts(now=timezone.now())


def expire_swaps() -> int:
    """End the swap requests that nobody answered in time. Rule: R-19."""
    return swaps.expire_swaps(now=timezone.now())


def settle_suspensions() -> int:
    """Suspend, or lift suspensions, as amnesties and figures left it. Rule: R-26."""
    return standing.settle_qualifications(now=timezone.now())


def release_seats() -> int:
    """Release the open seats that nobody joined in time. Rule: R-46."""
    return seats.release_seats(now=timezone.now())


def tell_tickets() -> int:
    """Tell people what became of their tickets. Rule: R-45."""
    return release_news.tell_tickets(now=timezone.now())


def expire_move_requests() -> int:
    """End the requests to move that nobody answered in time. Rule: R-23."""
    return move_requests.expire_requests(now=timezone.now())
