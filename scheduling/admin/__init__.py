"""The administration of scheduling: everything can be looked at; states, claims and logs are written by rules alone."""

from scheduling.admin import (
    board,
    bookings,
    calendar,
    move_requests,
    pairs,
    places,
    releases,
    reminders,
    rota,
    seats,
    slots,
    standing,
    waiting,
)

__all__ = [
    "board",
    "bookings",
    "calendar",
    "move_requests",
    "pairs",
    "places",
    "releases",
    "reminders",
    "rota",
    "seats",
    "slots",
    "standing",
    "waiting",
]
