"""A blackout in the race tests: free slots that close while somebody takes them."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts.access import Role
from accounts.models import User
from scheduling import blackouts, rota
from scheduling.models import Blackout, Booking, Slot, SlotEvent, SlotStatus
from scheduling.slot_days import local_day
from tests.factories import NOW, make_booth, make_pair, make_person, make_project, make_slot, make_staff


def make_blackout(*, slots: int) -> dict[str, Any]:
    """Prepare a booth with a free slot a day, a pair for each, and a blackout over all that closed nothing yet."""
    with transaction.atomic():
        project, booth, manager = make_project(), make_booth(), make_staff(Role.MANAGER)
        first = (NOW + timedelta(days=3)).replace(hour=9)
        made = [
            make_slot(project=project, booth=booth, starts_at=first + timedelta(days=day))
            for day in range(slots)
        ]
        pairs = [make_pair(make_person(), make_person(), project=project).pk for _slot in made]
    declared = blackouts.declare_blackout(
        booth,
        from_on=local_day(made[0]),
        to_on=local_day(made[-1]),
        reason="repair",
        closes_free=False,
        by=manager,
        now=NOW,
    )
    return {
        "blackout": declared.blackout.pk,
        "manager": manager.pk,
        "slots": [slot.pk for slot in made],
        "pairs": pairs,
    }


def close_free(*, blackout: int, manager: int) -> list[int]:
    """Close what is free; return the slots that this call closed."""
    by = User.objects.get(pk=manager)
    return [slot.pk for slot in blackouts.close_free_of(Blackout.objects.get(pk=blackout), by=by, now=NOW)]


def look_at_slots(*, slots: list[int]) -> list[dict[str, Any]]:
    """Return of each slot whether it is closed, how often that was written, who has it, and its staff."""
    counts = rota.staff_counts(Slot.objects.filter(pk__in=slots))
    return [
        {
            "closed": Slot.objects.get(pk=slot).status == SlotStatus.CLOSED,
            "written": SlotEvent.objects.filter(slot=slot, new=SlotStatus.CLOSED).count(),
            "held": Booking.objects.live().filter(slot=slot).count(),
            "staff": counts[slot],
        }
        for slot in slots
    ]
