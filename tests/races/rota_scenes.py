"""The rota in the race tests: prepare a studio, act, and look at what is left."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.access import Role
from accounts.models import User
from scheduling import invariants, rota, rota_proposals, swaps, working_times
from scheduling.models import DayPart, Shift, ShiftStatus, Slot, StudioStaff, SwapRequest
from tests.factories import (
    NOW,
    make_booth,
    make_pair,
    make_person,
    make_project,
    make_shift,
    make_slot,
    make_staff,
)
from tests.races.scenes import stay_at_it, wait_for


def make_studio(*, rounds: int, booths: int, staff: int, people: int) -> dict[str, Any]:
    """
    Prepare a studio with so many booths for each round, each with one slot at the same hour of a round's own day.

    Each slot has `staff` people of its own; `people` more work in the studio and can always come.
    """
    with transaction.atomic():
        project, studio = make_project(), make_booth().studio
        manager = make_staff(Role.MANAGER)
        others = [make_staff(Role.OPERATOR) for _number in range(people)]
        times = {(studio.pk, day, part.value) for day in range(7) for part in DayPart}
        for person in others:
            StudioStaff.objects.create(studio=studio, person=person)
            working_times.set_week(person, times=times, wished_hours=15, by=person, now=NOW)
        slots = []
        for number in range(rounds):
            at = (NOW + timedelta(days=number + 1)).replace(hour=9, minute=0)
            made = [
                make_slot(project=project, booth=make_booth(studio=studio), starts_at=at, staff=0)
                for _booth in range(booths)
            ]
            for slot in made:
                for _person in range(staff):
                    make_shift(slot, by=manager)
            slots.append([slot.pk for slot in made])
        return {"manager": manager.pk, "people": [person.pk for person in others], "slots": slots}


def make_double_lives(*, rounds: int) -> dict[str, Any]:
    """Prepare people who speak and work: each in a pair, with a slot for it and one to accompany, at the same hour."""
    with transaction.atomic():
        project, manager = make_project(), make_staff(Role.MANAGER)
        lives = []
        for number in range(rounds):
            at = (NOW + timedelta(days=number % 12 + 2)).replace(hour=9, minute=0)
            pair = make_pair(make_person(), make_person(), project=project)
            own, accompanied = (make_slot(project=project, starts_at=at) for _slot in range(2))
            StudioStaff.objects.create(studio=accompanied.booth.studio, person=pair.person_a)
            lives.append(
                {
                    "pair": pair.pk,
                    "person": pair.person_a_id,
                    "own": own.pk,
                    "accompanied": accompanied.pk,
                }
            )
        return {"manager": manager.pk, "lives": lives}


def ask_anybody(*, slot: int) -> int:
    """Let the first on the slot's rota ask anybody; return the request."""
    shift = Shift.objects.filter(slot=slot, status=ShiftStatus.ASSIGNED).order_by("pk")[0]
    return swaps.ask_swap(shift, asked=None, by=shift.person, now=NOW).pk


def ask_exchange(*, slot: int, other: int) -> list[int]:
    """Let the first on the rota ask the first on the other's to exchange; return the request and both shifts."""
    mine, theirs = (
        Shift.objects.filter(slot=pk, status=ShiftStatus.ASSIGNED).order_by("pk")[0] for pk in (slot, other)
    )
    StudioStaff.objects.get_or_create(studio=mine.slot.booth.studio, person=theirs.person)
    swap = swaps.ask_swap(mine, asked=theirs.person, wanted=theirs, by=mine.person, now=NOW)
    return [swap.pk, mine.pk, theirs.pk]


def report_sick(*, shift: int, flag: str, is_first: bool) -> str:
    """Stay in the transaction with the flag up until somebody waits for it, or come then; return "out" or the code."""
    found = Shift.objects.select_related("person").get(pk=shift)
    if not is_first:
        wait_for(Path(flag))
    try:
        with transaction.atomic():
            rota.report_absence(found, by=found.person, now=NOW, reason="ill")
            if is_first:
                Path(flag).touch()
                stay_at_it()
    except ValidationError as refusal:
        return str(refusal.code)
    return "out"


def take_over(*, swap: int, person: int) -> str:
    """Take the shift over; return what the request is then, or the refusal's code."""
    found = SwapRequest.objects.select_related("shift", "wanted", "asker").get(pk=swap)
    try:
        swaps.accept_swap(found, by=User.objects.get(pk=person), now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return found.status


def fall_out(*, swap: int) -> str:
    """Let the one who asked say that they cannot come; return "out" or the refusal's code."""
    shift = SwapRequest.objects.select_related("shift__person").get(pk=swap).shift
    try:
        rota.report_absence(shift, by=shift.person, now=NOW, reason="ill")
    except ValidationError as refusal:
        return str(refusal.code)
    return "out"


def apply(*, lines: list[list[int]], manager: int) -> int:
    """Apply the lines of a proposal; return how many people were put on the rota."""
    wanted = [(slot, person) for slot, person in lines]
    return rota_proposals.apply_proposal(wanted, by=User.objects.get(pk=manager), now=NOW).assigned


def put(*, slot: int, person: int, manager: int, reason: str = "") -> str:
    """Put the person on the slot by hand; return "put" or the refusal's code."""
    by, found = User.objects.get(pk=manager), Slot.objects.get(pk=slot)
    try:
        rota.assign_staff(found, person=User.objects.get(pk=person), by=by, now=NOW, reason=reason)
    except ValidationError as refusal:
        return str(refusal.code)
    return "put"


def limit_to_one_a_week(*, person: int, manager: int) -> None:
    """Let the person have one shift a week at most."""
    by = User.objects.get(pk=manager)
    working_times.set_limits(User.objects.get(pk=person), per_day=None, per_week=1, by=by, now=NOW)


def look_at_rota(*, slots: list[int]) -> dict[str, Any]:
    """Return how many people are on each slot, and what the sweeps find."""
    counts = rota.staff_counts(Slot.objects.filter(pk__in=slots))
    return {
        "staff": [counts[slot] for slot in slots],
        "broken": [
            *invariants.broken_swaps(now=NOW),
            *invariants.broken_bookings(),
            *invariants.broken_occupancy(),
        ],
    }
