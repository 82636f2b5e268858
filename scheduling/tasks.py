"""What the worker does for scheduling: each reads the clock once and calls one rule."""

from django.utils import timezone

from scheduling import bookings, pairs


def expire_bookings() -> int:
    """Let go the holds and open questions whose time is over. Rule: R-21."""
    return bookings.expire_bookings(now=timezone.now())


def expire_invitations() -> int:
    """End the invitations that nobody took up in time. Rule: R-16."""
    return pairs.expire_invitations(now=timezone.now())
