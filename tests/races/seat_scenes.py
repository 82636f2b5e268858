"""Open seats in the races: who joins, who gives back, and the sweeper."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from scheduling import invariants, seats
from scheduling.models import Booking, OpenSeat, Pair
from tests.factories import NOW, make_pair, make_person, make_project, make_qualified, make_slot

DEADLINE = NOW + timedelta(hours=48)


def make_seats(*, count: int) -> list[dict[str, Any]]:
    """Prepare open seats at one time in several booths, each with two people who may join, and a pair."""
    scenes = []
    with transaction.atomic():
        project = make_project()
        for _number in range(count):
            slot = make_slot(project=project, starts_at=NOW.replace(hour=9) + timedelta(days=7))
            people = [make_person() for _person in range(3)]
            for person in people:
                make_qualified(person, project=project)
            seat = seats.take_seat(slot.pk, person=people[0], now=NOW)
            strangers = make_pair(make_person(), make_person(), project=project)
            scenes.append(
                {
                    "slot": slot.pk,
                    "seat": seat.pk,
                    "people": [person.pk for person in people],
                    "strangers": strangers.pk,
                }
            )
    return scenes


def join(*, seat: int, by: int) -> str:
    return _answer(lambda found, person: seats.join_seat(found, by=person, now=NOW), seat, by)


def withdraw(*, seat: int, by: int) -> str:
    return _answer(lambda found, person: seats.withdraw_seat(found, by=person, now=NOW), seat, by)


def _answer(rule: Any, seat: int, by: int) -> str:
    try:
        rule(OpenSeat.objects.select_related("person").get(pk=seat), User.objects.get(pk=by))
    except ValidationError as refusal:
        return str(refusal.code)
    return "done"


def take(*, slot: int, person: int) -> str:
    """Let somebody take the slot alone."""
    try:
        seats.take_seat(slot, person=User.objects.get(pk=person), now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return "done"


def release() -> int:
    """Run the sweeper at the deadline."""
    return seats.release_seats(now=DEADLINE)


def look_at_seats() -> dict[str, Any]:
    """Return the states of the seats, how many pairs and confirmed bookings there are, and what the sweeps find."""
    return {
        "seats": list(OpenSeat.objects.order_by("pk").values_list("status", flat=True)),
        "confirmed": Booking.objects.filter(status="confirmed").count(),
        "pairs": Pair.objects.count(),
        "broken": [*invariants.broken_occupancy(), *invariants.broken_seats()],
    }
