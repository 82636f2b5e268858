"""The worlds of the random histories: how they are prepared, and everything that is left in them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.access import Role
from accounts.models import User
from config.management.commands.check_invariants import sweeps
from scheduling import studios
from scheduling.models import (
    Booking,
    Occupancy,
    OpenSeat,
    Pair,
    Project,
    Release,
    Shift,
    Studio,
    SwapRequest,
    Ticket,
    WaitingEntry,
)
from scheduling.occupancy import TICK_S
from scheduling.waiting import join_line
from tests.factories import (
    NOW,
    make_booking,
    make_booth,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_release,
    make_shift,
    make_slot,
    make_staff,
    make_ticket,
)
from tests.races.history_kinds import KINDS
from tests.races.history_model import PROJECT, STUDIO, TICK_MIN, Figures
from tests.races.scenes import look, wait_for_the_killed

# Before the moment stands.
LONG_BEFORE = NOW - timedelta(hours=3)
FIRST_HOUR = 71  # Thursday 9:00, counted from NOW


def make_worlds(*, count: int, steps: int) -> list[dict[str, Any]]:
    """Prepare worlds that share nothing but the city: of each kind in turn."""
    with transaction.atomic():
        return [_make_world(number, steps=steps, **KINDS[number % len(KINDS)]) for number in range(count)]


def _make_world(
    number: int,
    *,
    steps: int,
    slots: list[tuple[int, float]],
    pairs: list[tuple[int, int]],
    booked: list[tuple[int, int]],
    waiting: list[tuple[int, int]],
    step_min: int,
    figures: Figures,
    weights: dict[str, int],
    batch: Sequence[int] = (),
    tickets: Sequence[tuple[int, list[int], bool]] = (),
) -> dict[str, Any]:
    project = _make_project(number, figures)
    crowd = [make_person() for _number in range(1 + max(map(max, pairs)))]
    made_pairs = [make_pair(crowd[one], crowd[other], project=project) for one, other in pairs]
    # No limits but those that nobody can overrule: who swaps gives no reason.
    limits = {"max_shifts_per_day": 99, "max_shifts_per_week": 99, "shift_pause_minutes": 0}
    limits |= {"swaps_need_approval": figures.asks_manager}
    studio = Studio.objects.create(city=make_city(), name=f"Studio {number}", address="-", **limits)
    booths = [make_booth(studio=studio) for _number in range(1 + max(booth for booth, _hours in slots))]
    manager = User.objects.filter(groups__name=Role.MANAGER).first() or make_staff(Role.MANAGER)
    # Two for each booth, one to spare, and a speaker who works here too.
    team = [make_staff(Role.OPERATOR) for _number in range(2 * len(booths) + 1)]
    made_slots = [
        make_slot(
            project=project, booth=booths[booth], starts_at=NOW + timedelta(hours=FIRST_HOUR + hours), staff=0
        )
        for booth, hours in slots
    ]
    for (booth, _hours), slot in zip(slots, made_slots, strict=True):
        for person in team[2 * booth : 2 * booth + 2]:
            make_shift(slot, person=person, by=manager)
    for person in (*team, crowd[0]):
        studios.employ(person, studio=studio)
    for slot_at, pair_at in booked:
        make_booking(slot=made_slots[slot_at], pair=made_pairs[pair_at])
    for slot_at, pair_at in waiting:
        pair = made_pairs[pair_at]
        join_line(made_slots[slot_at].pk, pair=pair, by=pair.person_a, now=NOW)
    release = None
    if batch:
        opens_at = NOW + timedelta(minutes=step_min * steps // 2)
        release = make_release(
            project=project, slots=[made_slots[at] for at in batch], opens_at=opens_at, now=LONG_BEFORE
        )
    for pair_at, wishes, signed in tickets:
        make_ticket(
            release,
            pair=made_pairs[pair_at],
            slots=[made_slots[at] for at in wishes],
            signed=signed,
            now=LONG_BEFORE,
        )
    return {
        "project": project.pk,
        "manager": manager.pk,
        "studio": studio.pk,
        "booths": [booth.pk for booth in booths],
        "crowd": [person.pk for person in crowd],
        "staff": [person.pk for person in (*team, crowd[0])],
        "slots": [
            [
                slot.pk,
                slot.booth_id,
                _minute(slot.starts_at),
                _minute(slot.ends_at),
                release.pk if release and at in batch else None,
            ]
            for at, slot in enumerate(made_slots)
        ],
        "pairs": _pairs(project),
        "figures": figures,
        "release": release and release.pk,
        "seed": release.seed if release else "",
        "step_min": step_min,
        "weights": weights,
        "rows": _rows(project, studio=studio),
    }


def _make_project(number: int, figures: Figures) -> Project:
    return make_project(
        slug=f"history-{number}",
        hold_minutes=figures.hold_min,
        partner_answer_hours=figures.answer_min // 60,
        # Every offer is one that is made soon before the slot.
        offer_soon_hours=FIRST_HOUR + 24,
        offer_soon_minutes=figures.offer_min,
        seat_hours=figures.seat_min // 60,
        max_waiting_entries=figures.max_entries,
        waiting_places=figures.places,
        release_grace_minutes=figures.grace_min,
    )


def _minute(at: Any) -> int:
    """Return the whole minutes after the beginning."""
    return round((at - NOW).total_seconds()) // 60


def _pairs(project: Project) -> list[list[int]]:
    return [
        list(row) for row in Pair.objects.filter(project=project).values_list("pk", "person_a", "person_b")
    ]


def _rows(project: Project, *, studio: Studio) -> dict[str, list[list[Any]]]:
    """Return every row of the project as the model has it, each with its key before it."""
    of_booking = Booking.objects.filter(project=project).values_list(
        "pk", "slot", "pair", "booked_by", "status", "expires_at", "moved_from", "waiting_entry"
    )
    of_seat = OpenSeat.objects.filter(project=project).values_list(
        "pk", "slot", "person", "status", "expires_at"
    )
    of_entry = WaitingEntry.objects.filter(project=project).values_list(
        "pk", "slot", "pair", "made_by", "status", "made_at"
    )
    of_swap = SwapRequest.objects.filter(shift__slot__project=project).values_list(
        "pk", "shift", "asker", "asked", "wanted", "status", "taker"
    )
    of_ticket = Ticket.objects.filter(release__project=project).prefetch_related("wishes").order_by("pk")
    of_shift = Shift.objects.filter(slot__project=project).values_list("pk", "slot", "person", "status")
    return {
        "bookings": [
            [pk, slot, pair, by, status, _minute(until) if until else None, *rest]
            for pk, slot, pair, by, status, until, *rest in of_booking
        ],
        "shifts": [list(row) for row in of_shift],
        "swaps": [list(row) for row in of_swap],
        "seats": [[*rest, _minute(until)] for *rest, until in of_seat],
        "entries": [[*rest, _minute(at)] for *rest, at in of_entry],
        "tickets": [
            [
                row.pk,
                row.number,
                row.pair_id,
                row.entered_by_id,
                row.signed_by_id,
                row.status,
                row.place,
                row.booking_id,
                [wish.slot_id for wish in row.wishes.all()],
            ]
            for row in of_ticket
        ],
        "releases": [
            [row.pk, row.status, _minute(row.opens_at)] for row in Release.objects.filter(project=project)
        ],
        "ended": [[pair.pk] for pair in Pair.objects.filter(project=project).exclude(ended_at=None)],
        "places": [
            [STUDIO, studio.is_open],
            [PROJECT, project.is_open],
            *([booth.pk, booth.is_open] for booth in studio.booths.all()),
        ],
    }


def look_at_world(*, world: dict[str, Any]) -> dict[str, Any]:
    """Return all rows of the world as the model has them, and what the sweeps find, once the killed are gone."""
    wait_for_the_killed()
    project = Project.objects.get(pk=world["project"])
    mine = Occupancy.objects.filter(
        Q(booking__project=project) | Q(shift__slot__project=project) | Q(seat__project=project)
    )
    left = look()
    return {
        "rows": _rows(project, studio=Studio.objects.get(pk=world["studio"])),
        "pairs": _pairs(project),
        "taken": [[row.kind, row.resource_id, _tick_minute(row.tick), _claim(row)] for row in mine],
        "broken": [*left["broken"], *(line for _name, sweep in sweeps() for line in sweep())],
        "deadlocks": left["deadlocks"],
    }


def _claim(row: Occupancy) -> str:
    owners = {"booking": row.booking_id, "shift": row.shift_id, "seat": row.seat_id}
    return next(f"{noun} {pk}" for noun, pk in owners.items() if pk)


def _tick_minute(tick: int) -> int:
    return tick * TICK_MIN - int(NOW.timestamp()) // TICK_S * TICK_MIN
