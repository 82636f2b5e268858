"""
What people can press at one moment at a served site: `python -m tests.races.served_meetings make|look JSON`.

It prints one line of JSON. A press is a session, an address and the fields of a form.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.access import Role  # noqa: E402
from accounts.models import User  # noqa: E402
from scheduling import waiting  # noqa: E402
from scheduling.models import Booking, Pair, Slot  # noqa: E402
from tests import factories  # noqa: E402
from tests.conftest import sign_in  # noqa: E402
from tests.races import scenes  # noqa: E402

MANY = {"max_live_bookings": 99, "max_sessions_per_pair": 99, "max_sessions_per_person": 99}


class Stage:
    """Makes people, slots and bookings, and says how each thing is pressed."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.project = factories.make_project(**MANY)
        self.manager = factories.make_staff(Role.MANAGER)
        self.starts_at = self.now.astimezone(factories.SHANGHAI).replace(
            hour=14, minute=0, second=0, microsecond=0
        ) + timedelta(days=5)

    def slot(self) -> Slot:
        """Return a new slot in a booth of its own; all are at one time."""
        return factories.make_slot(project=self.project, starts_at=self.starts_at, now=self.now)

    def pair(self, *people: User) -> Pair:
        return factories.make_pair(*(people or (person(), person())), project=self.project, now=self.now)

    def booking(self, status: str) -> Booking:
        return factories.make_booking(slot=self.slot(), pair=self.pair(), status=status, now=self.now)

    def press(self, who: User, name: str, *keys: int, **form: Any) -> dict[str, Any]:
        session = sign_in(Client(), who).session.session_key
        return {"session": session, "address": reverse(f"scheduling:{name}", args=keys), "form": form}

    def hold(self, slot: Slot, *, pair: Pair, by: User | None = None) -> dict[str, Any]:
        return self.press(by or pair.person_a, "slot_detail", slot.pk, pair=pair.pk)


def person() -> User:
    return factories.make_person()


def two_tabs(stage: Stage) -> dict[str, Any]:
    """One person holds two slots of one time."""
    pair = stage.pair()
    return {"presses": [stage.hold(stage.slot(), pair=pair) for _tab in range(2)]}


def one_form_twice(stage: Stage) -> dict[str, Any]:
    """One form, sent again before its answer."""
    press = stage.hold(stage.slot(), pair=stage.pair())
    return {"presses": [press, press, press]}


def swapped_partners(stage: Stage) -> dict[str, Any]:
    """Three people in three pairs hold three slots of one time: the first shuts out both others."""
    a, b, c = person(), person(), person()
    ring = [(a, b), (c, b), (a, c)]
    return {"presses": [stage.hold(stage.slot(), pair=stage.pair(*two), by=two[0]) for two in ring]}


def end_of_a_hold(stage: Stage) -> dict[str, Any]:
    """A hold that ends in a moment is confirmed, while somebody else takes the slot."""
    booking = stage.booking("held")
    others = stage.pair()
    return {
        "booking": booking.pk,
        "presses": [
            stage.press(booking.booked_by, "booking_confirm", booking.pk),
            stage.hold(booking.slot, pair=others),
            stage.hold(booking.slot, pair=others),
        ],
    }


def cancelled_with_a_line(stage: Stage) -> dict[str, Any]:
    """A session is cancelled, while somebody who does not wait takes the slot for which others wait."""
    booking = stage.booking("confirmed")
    line = stage.pair()
    waiting.join_line(booking.slot_id, pair=line, by=line.person_a, now=stage.now)
    return {
        "slot": booking.slot_id,
        "line": line.pk,
        "presses": [
            stage.press(booking.pair.person_a, "booking_cancel", booking.pk),
            stage.hold(booking.slot, pair=stage.pair()),
        ],
    }


def yes_and_the_rota(stage: Stage) -> dict[str, Any]:
    """The partner says yes, while the manager takes one of the two staff off the rota."""
    booking = stage.booking("awaiting")
    shift = booking.slot.shifts.all()[0]
    return {
        "booking": booking.pk,
        "presses": [
            stage.press(booking.pair.person_b, "booking_accept", booking.pk),
            stage.press(stage.manager, "shift_withdraw", booking.slot_id, shift.pk, reason="ill"),
        ],
    }


SCENES = (two_tabs, one_form_twice, swapped_partners, end_of_a_hold, cancelled_with_a_line, yes_and_the_rota)


def make(*, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Prepare each scene so many times."""
    with transaction.atomic():
        stage = Stage()
        return {scene.__name__: [scene(stage) for _round in range(rounds)] for scene in SCENES}


def end_now(*, holds: list[int]) -> int:
    """Let the time of the holds be over, though nobody has swept them yet."""
    return Booking.objects.filter(pk__in=holds).update(expires_at=timezone.now())


def statuses(*, bookings_of: list[int]) -> dict[str, str]:
    """Return the state of each booking."""
    found = Booking.objects.filter(pk__in=bookings_of)
    return {str(booking.pk): booking.status for booking in found}


def holders(*, slots: list[int]) -> dict[str, list[int]]:
    """Return the pairs that have each slot."""
    live = Booking.objects.live().filter(slot__in=slots)
    return {str(slot): [row.pair_id for row in live if row.slot_id == slot] for slot in slots}


def look() -> dict[str, Any]:
    """Return what is left, as the workers of the races see it."""
    return scenes.look()


if __name__ == "__main__":
    jobs = {job.__name__: job for job in (make, end_now, statuses, holders, look)}
    print(json.dumps(jobs[sys.argv[1]](**json.loads(sys.argv[2]))))
