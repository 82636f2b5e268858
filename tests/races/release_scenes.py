"""A release in the race tests: pairs with tickets, draws that meet and die, people who press for what is left."""

import os
import signal
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from scheduling import bookings, draws, invariants, pairs, release_slots, tickets
from scheduling.draw import Entry, order_entries
from scheduling.models import Booking, Pair, Release, Slot, Ticket, TicketStatus
from tests.factories import (
    NOW,
    make_daily_slots,
    make_pair,
    make_person,
    make_project,
    make_release,
    make_ticket,
)

MOMENT = NOW + timedelta(hours=2)


def make_draw(*, pairs: int, slots: int, others: int = 2) -> dict[str, Any]:
    """Prepare a release whose tickets all wish for the same slots, every second of them signed; some pairs stay out."""
    with transaction.atomic():
        project = make_project()
        made = make_daily_slots(slots, project=project)
        release = make_release(project=project, slots=made)
        crowd = [
            make_pair(make_person(), make_person(), project=project) for _number in range(pairs + others)
        ]
        for number, pair in enumerate(crowd[:pairs]):
            wishes = [*made[number % 2 :], *made[: number % 2]]
            make_ticket(release, pair=pair, slots=wishes[:5], signed=number % 2 == 0)
    return {
        "release": release.pk,
        "slots": [slot.pk for slot in made],
        "pairs": [pair.pk for pair in crowd],
    }


def draw(*, release: int) -> int:
    """Draw; return how many tickets this call decided."""
    return draws.draw_release(Release.objects.get(pk=release), now=MOMENT)


def draw_and_die(*, release: int, after: int) -> int:
    """Let a process decide so many tickets and be killed in the middle of the next one's turn; return its end."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            found = Release.objects.get(pk=release)
            draws.begin_draw(found, now=MOMENT)
            draws.place_tickets(found.pk)
            for _number in range(after):
                draws.decide_next(found.pk, now=MOMENT)
            with transaction.atomic():
                draws.decide_next(found.pk, now=MOMENT)
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def press_for(*, pair: int, slot: int) -> str:
    """Hold the slot at the moment; return "held" or the refusal's code."""
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    try:
        bookings.hold_slot(slot, pair=found, by=found.person_a, now=MOMENT)
    except ValidationError as refusal:
        return str(refusal.code)
    return "held"


def enter(*, release: int, pair: int, slots: list[int], before_s: int) -> str:
    """Enter a ticket by a clock that is so many seconds before the moment; return "entered" or the refusal's code."""
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    try:
        tickets.enter_ticket(
            Release.objects.select_related("project").get(pk=release),
            pair=found,
            slot_ids=slots,
            by=found.person_a,
            now=MOMENT - timedelta(seconds=before_s),
        )
    except ValidationError as refusal:
        return str(refusal.code)
    return "entered"


def add(*, release: int, slot: int, before_s: int) -> str:
    """Let a manager add the slot by a clock so many seconds before the moment; return "added" or the refusal's code."""
    found = Release.objects.select_related("project", "made_by").get(pk=release)
    now = MOMENT - timedelta(seconds=before_s)
    try:
        release_slots.add_slots(found, slot_ids=[slot], by=found.made_by, now=now)
    except ValidationError as refusal:
        return str(refusal.code)
    return "added"


def take_out(*, release: int, slot: int, before_s: int) -> str:
    """Let a manager take the slot out by such a clock; return "out" or the refusal's code."""
    found = Release.objects.select_related("project", "made_by").get(pk=release)
    now = MOMENT - timedelta(seconds=before_s)
    try:
        release_slots.take_slot_out(found, slot=Slot.objects.get(pk=slot), by=found.made_by, now=now)
    except ValidationError as refusal:
        return str(refusal.code)
    return "out"


def free_slots(*, release: int, count: int) -> list[int]:
    """Return so many more slots of the release's project, in no release."""
    project = Release.objects.select_related("project").get(pk=release).project
    with transaction.atomic():
        return [slot.pk for slot in make_daily_slots(count, project=project)]


def slots_in(*, release: int) -> list[int]:
    """Return the slots that are in the release now."""
    return list(Slot.objects.filter(release=release).order_by("pk").values_list("pk", flat=True))


def part(*, pair: int, before_s: int) -> str:
    """Let B end the pair by a clock that is so many seconds before the moment; return "ended" or the refusal's code."""
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    try:
        pairs.end_pair(found, by=found.person_b, now=MOMENT - timedelta(seconds=before_s))
    except ValidationError as refusal:
        return str(refusal.code)
    return "ended"


def look_at_draw(*, release: int) -> dict[str, Any]:
    """Return what is left: how the tickets ended, whether in the published order, and what the sweeps find."""
    found = Release.objects.get(pk=release)
    drawn = Ticket.objects.filter(release=found, place__isnull=False).order_by("place")
    order = [entry.number for entry in order_entries([Entry(t.number) for t in drawn], seed=found.seed)]
    counts = {status: drawn.filter(status=status).count() for status in ("won", "unlucky", "entered")}
    winners_first = [ticket.status == TicketStatus.WON for ticket in drawn]
    return {
        "status": found.status,
        **counts,
        "of_ended": Ticket.objects.filter(status=TicketStatus.ENTERED).exclude(pair__ended_at=None).count(),
        "sold": Booking.objects.live().filter(slot__in=Slot.objects.filter(release=found)).count(),
        "is_in_order": order == [ticket.number for ticket in drawn]
        and winners_first == sorted(winners_first, reverse=True),
        "broken": [
            *invariants.broken_releases(),
            *invariants.broken_bookings(),
            *invariants.broken_occupancy(),
        ],
    }
