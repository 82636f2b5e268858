"""Confirmed bookings that one wants to move: prepare, act, look."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Role
from accounts.models import User
from scheduling import bookings, move_requests
from scheduling.models import Booking, MoveRequest
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booking,
    make_booth,
    make_pair,
    make_person,
    make_project,
    make_slot,
    make_staff,
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


def make_questions(*, count: int) -> list[dict[str, Any]]:
    """Prepare confirmed bookings that the studio asks to move, with the times that it proposes."""
    with transaction.atomic():
        project, manager = make_project(), make_staff(Role.MANAGER)
        scenes = []
        for _number in range(count):
            booth = make_booth()
            slot = make_slot(project=project, booth=booth)
            for days in (1, 2):
                make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(days=days))
            pair = make_pair(make_person(), make_person(), project=project)
            booking = make_booking(pair=pair, slot=slot)
            asked = move_requests.ask_to_move(booking, reason="new air", by=manager, now=NOW)
            options = list(asked.options.order_by("pk").values_list("slot", flat=True))
            people = [pair.person_a_id, pair.person_b_id]
            scenes.append({"request": asked.pk, "options": options, "people": people})
    return scenes


def answer(*, request: int, by: int, slot: int | None) -> str:
    """Choose the slot, or keep the time without one; return what the request is then, or the refusal's code."""
    found = MoveRequest.objects.select_related("booking__pair__project").get(pk=request)
    person = User.objects.get(pk=by)
    try:
        if slot is None:
            move_requests.keep_time(found, by=person, now=NOW)
        else:
            move_requests.choose_option(found, slot_id=slot, by=person, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return found.status


def look_at_request(*, request: int) -> dict[str, Any]:
    """Return how the request ended, how often, and how many questions of a new time stand."""
    found = MoveRequest.objects.get(pk=request)
    return {
        "status": found.status,
        "ends": found.events.exclude(new="open").count(),
        "moves": Booking.objects.live().filter(moved_from=found.booking_id).count(),
    }


def cancel(*, booking: int) -> str:
    """Let A cancel the booking; return "cancelled" or the code of the refusal."""
    found = Booking.objects.get(pk=booking)
    try:
        bookings.cancel_booking(found, by=found.pair.person_a, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return found.status
