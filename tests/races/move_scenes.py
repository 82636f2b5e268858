"""Confirmed bookings that one wants to move: prepare, act, look."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from scheduling import bookings
from scheduling.models import Booking
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booking,
    make_pair,
    make_person,
    make_project,
    make_slot,
)


def make_moves(*, count: int) -> list[dict[str, Any]]:
    """Prepare confirmed bookings whose A asks to move to the next day, and a second pair each."""
    scenes = []
    with transaction.atomic():
        project = make_project()
        for _number in range(count):
            pair = make_pair(make_person(), make_person(), project=project)
            others = make_pair(make_person(), make_person(), project=project)
            old = make_booking(pair=pair, one=pair.person_a, project=project)
            slot = make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=1))
            new = bookings.move_booking(old, to_slot_id=slot.pk, by=pair.person_a, now=NOW)
            assert new.expires_at is not None
            scenes.append(
                {
                    "old": old.pk,
                    "new": new.pk,
                    "slot": slot.pk,
                    "others": others.pk,
                    "expires_at": new.expires_at.isoformat(),
                }
            )
    return scenes


def cancel(*, booking: int) -> str:
    """Let A cancel the booking; return "cancelled" or the code of the refusal."""
    found = Booking.objects.get(pk=booking)
    try:
        bookings.cancel_booking(found, by=found.pair.person_a, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return found.status
