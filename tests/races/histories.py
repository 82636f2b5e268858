"""What the workers do in a random history: prepare its world, be some of its clients, and look at what is left."""

import json
import os
import random
import signal
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q

from accounts.access import Role
from accounts.models import User
from config.management.commands.check_invariants import sweeps
from scheduling import bookings, holds, rota, studios
from scheduling.models import Booking, Booth, Occupancy, Pair, Project, Shift, Slot, Studio
from scheduling.occupancy import TICK_S
from scheduling.retries import Busy
from tests.factories import (
    NOW,
    make_booth,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_shift,
    make_slot,
    make_staff,
)
from tests.races.history_model import ANSWER_MIN, DONE, NOTHING, TICK_MIN
from tests.races.scenes import look, wait_for_the_killed

# Six slots in three booths whose times overlap unequally: (booth, hours after the first).
SLOTS = [(0, 0.0), (0, 5.0), (1, 1.5), (1, 5.5), (2, 0.0), (2, 3.5)]
FIRST_HOUR = 71  # Thursday 9:00, counted from NOW
PAIRS = [(0, 1), (2, 1), (0, 2), (2, 3), (3, 4), (4, 0)]
# A step of a client lasts this long by its own clock: a hold ends after three, an open question after fifteen.
STEP_MIN = ANSWER_MIN // 15
# The rota's clock is a day ahead of the others': what is withdrawn was withdrawn after every confirmation.
ROTA_AHEAD_MIN = 24 * 60
WEIGHTS = {
    "hold": 9,
    "confirm": 6,
    "accept": 6,
    "cancel": 2,
    "move": 8,
    "expire": 2,
    "close_booth": 1,
    "open_booth": 2,
    "withdraw": 1,
    "assign": 3,
}


def make_worlds(*, count: int) -> list[dict[str, Any]]:
    """Prepare worlds that share nothing but the city: five people, six pairs, six slots with their staff."""
    with transaction.atomic():
        return [_make_world(number) for number in range(count)]


def _make_world(number: int) -> dict[str, Any]:
    project = make_project(slug=f"history-{number}", partner_answer_hours=ANSWER_MIN // 60)
    crowd = [make_person() for _number in range(5)]
    pairs = [make_pair(crowd[one], crowd[other], project=project) for one, other in PAIRS]
    studio = Studio.objects.create(city=make_city(), name=f"Studio {number}", address="-")
    booths = [make_booth(studio=studio) for _number in range(3)]
    manager = User.objects.filter(groups__name=Role.MANAGER).first() or make_staff(Role.MANAGER)
    # Two for each booth, one to spare, and a speaker who works here too.
    team = [make_staff(Role.OPERATOR) for _number in range(7)]
    starts = [NOW + timedelta(hours=FIRST_HOUR + hours) for _booth, hours in SLOTS]
    slots = [
        make_slot(project=project, booth=booths[booth], starts_at=at, staff=0)
        for (booth, _hours), at in zip(SLOTS, starts, strict=True)
    ]
    shifts = [
        make_shift(slot, person=person, by=manager)
        for (booth, _hours), slot in zip(SLOTS, slots, strict=True)
        for person in team[2 * booth : 2 * booth + 2]
    ]
    for booth in booths:
        for person in (*team, crowd[0]):
            studios.employ(person, studio=booth.studio)
    return {
        "project": project.pk,
        "manager": manager.pk,
        "booths": [booth.pk for booth in booths],
        "staff": [person.pk for person in (*team, crowd[0])],
        "slots": [[slot.pk, slot.booth_id, _minute(slot.starts_at), _minute(slot.ends_at)] for slot in slots],
        "pairs": [[pair.pk, pair.person_a_id, pair.person_b_id] for pair in pairs],
        "shifts": [[shift.pk, shift.slot_id, shift.person_id, shift.status] for shift in shifts],
    }


def _minute(at: Any) -> int:
    """Return the whole minutes after the beginning."""
    return round((at - NOW).total_seconds()) // 60


def play(
    *,
    seed: int,
    clients: list[int],
    steps: int,
    world: dict[str, Any],
    doomed: dict[str, list[float]],
    folder: str,
) -> list[dict[str, Any]]:
    """
    Be these clients, each in a process of its own, and return what each said.

    A client writes a line before each call and one after it, so that what was under way
    is known of those who were killed: `doomed` names their step and how many ms into it.
    """
    connection.close()
    logs = {client: Path(folder) / f"{seed}-{client}.log" for client in clients}
    children = []
    for client, log in logs.items():
        child = os.fork()
        if child == 0:
            with log.open("w") as lines:
                _be_client(
                    f"{seed}-{client}", client, lines, steps=steps, world=world, doom=doomed.get(str(client))
                )
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return [record for client, log in logs.items() for record in _read(client, log)]


def _be_client(seed: str, client: int, lines: Any, *, steps: int, world: dict[str, Any], doom: Any) -> None:
    """Carry out the steps and end the process."""
    try:
        actor = Client(random.Random(seed), lines, world)
        for step in range(steps):
            if doom and step == doom[0]:
                threading.Timer(doom[1] / 1000, os.kill, (os.getpid(), signal.SIGKILL)).start()
            actor.act(now=step * STEP_MIN + client % STEP_MIN)
        connection.close()
    except BaseException:  # whatever it was, the test must hear of it
        actor.say({"error": traceback.format_exc()})
    os._exit(0)


def _read(client: int, log: Path) -> list[dict[str, Any]]:
    """Return a client's calls with their answers; the last may have none."""
    records: list[dict[str, Any]] = []
    for line in log.read_text().splitlines():
        said = json.loads(line)
        if "error" in said:
            raise AssertionError(said["error"])
        if "name" in said:
            records.append(said | {"client": client})
        else:
            records[-1] |= said
    log.unlink()
    return records


class Client:
    """Somebody who looks, chooses by dice, and calls a rule."""

    def __init__(self, dice: random.Random, lines: Any, world: dict[str, Any]) -> None:
        self.dice = dice
        self.lines = lines
        self.world = world

    def say(self, what: dict[str, Any]) -> None:
        self.lines.write(json.dumps(what) + "\n")
        self.lines.flush()

    def act(self, *, now: int) -> None:
        """Choose an operation and something for it, call it, and tell both."""
        name = self.dice.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        arguments = self._choose(name)
        if arguments is None:
            name = "hold"
            arguments = self._choose(name)
        assert arguments is not None
        call = {"name": name, "arguments": arguments, "now": now, "process": _server_process()}
        self.say(call | {"called": time.monotonic()})
        made = 0
        try:
            made, answer = self._call(name, now=now, **arguments), DONE
        except ValidationError as refusal:
            answer = str(refusal.code)
        except Busy:
            answer = "busy"
        if made is False:
            answer = NOTHING
        self.say({"answer": answer, "made": int(made or 0), "returned": time.monotonic()})

    def _choose(self, name: str) -> dict[str, int] | None:
        slot = self.dice.choice(self.world["slots"])[0]
        if name == "hold":
            pair, *people = self.dice.choice(self.world["pairs"])
            return {"slot": slot, "pair": pair, "by": self.dice.choice(people)}
        if name in ("close_booth", "open_booth"):
            return {"booth": self.dice.choice(self.world["booths"])}
        if name == "assign":
            return {"slot": slot, "person": self.dice.choice(self.world["staff"])}
        if name == "withdraw":
            shifts = Shift.objects.filter(slot__project=self.world["project"], status="assigned")
            return {"shift": self.dice.choice(list(shifts.order_by("pk").values_list("pk", flat=True)))}
        statuses = {"confirm": ["held"], "accept": ["awaiting"], "expire": ["held", "awaiting"]}
        wanted = statuses.get(name, ["held", "awaiting", "confirmed"])
        found = Booking.objects.filter(project=self.world["project"], status__in=wanted).order_by("pk")
        rows = list(found.values_list("pk", "booked_by", "pair__person_a", "pair__person_b"))
        if not rows:
            return None
        pk, holder, *people = self.dice.choice(rows)
        others = [person for person in people if person != holder]
        by = {"confirm": holder, "accept": others[0]}.get(name, self.dice.choice(people))
        moves = {"slot": slot} if name == "move" else {}
        return {"booking": pk, **moves} if name == "expire" else {"booking": pk, "by": by, **moves}

    def _call(self, name: str, *, now: int, **arguments: int) -> int | bool | None:
        return CALLS[name](self.world, NOW + timedelta(minutes=now), **arguments)


def _server_process() -> int:
    """Return the number of the process that serves this client, by which PostgreSQL's log knows it."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0


def _hold(_world: Any, now: Any, *, slot: int, pair: int, by: int) -> int:
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    return bookings.hold_slot(slot, pair=found, by=User.objects.get(pk=by), now=now).pk


def _move(_world: Any, now: Any, *, booking: int, slot: int, by: int) -> int:
    found = Booking.objects.select_related("pair__project", "pair__person_a", "pair__person_b").get(
        pk=booking
    )
    return bookings.move_booking(found, to_slot_id=slot, by=User.objects.get(pk=by), now=now).pk


def _answer(rule: Callable[..., None]) -> Callable[..., None]:
    def call(_world: Any, now: Any, *, booking: int, by: int) -> None:
        rule(Booking.objects.get(pk=booking), by=User.objects.get(pk=by), now=now)

    return call


def _expire(_world: Any, now: Any, *, booking: int) -> bool:
    return holds.expire_booking(booking, now=now)


def _withdraw(world: dict[str, Any], now: Any, *, shift: int) -> None:
    manager, at = User.objects.get(pk=world["manager"]), now + timedelta(minutes=ROTA_AHEAD_MIN)
    rota.withdraw_shift(Shift.objects.get(pk=shift), by=manager, now=at, reason="ill")


def _assign(world: dict[str, Any], now: Any, *, slot: int, person: int) -> int:
    manager, at = User.objects.get(pk=world["manager"]), now + timedelta(minutes=ROTA_AHEAD_MIN)
    worker = User.objects.get(pk=person)
    found = Slot.objects.get(pk=slot)
    return rota.assign_staff(found, person=worker, by=manager, now=at, reason="whatever they have").pk


def _switch(rule: Callable[[Booth], None]) -> Callable[..., None]:
    def call(_world: Any, _now: Any, *, booth: int) -> None:
        rule(Booth.objects.get(pk=booth))

    return call


CALLS: dict[str, Callable[..., Any]] = {
    "hold": _hold,
    "confirm": _answer(bookings.confirm_hold),
    "accept": _answer(bookings.accept_booking),
    "cancel": _answer(bookings.cancel_booking),
    "move": _move,
    "expire": _expire,
    "close_booth": _switch(studios.close_booth),
    "open_booth": _switch(studios.open_booth),
    "withdraw": _withdraw,
    "assign": _assign,
}


def look_at_world(*, world: dict[str, Any]) -> dict[str, Any]:
    """Return all rows of the world as the model has them, and what the sweeps find, once the killed are gone."""
    wait_for_the_killed()
    project = Project.objects.get(pk=world["project"])
    of_booking = Booking.objects.filter(project=project).values_list(
        "pk", "slot", "pair", "booked_by", "status", "expires_at", "moved_from"
    )
    of_shift = Shift.objects.filter(slot__project=project).values_list("pk", "slot", "person", "status")
    mine = Occupancy.objects.filter(Q(booking__project=project) | Q(shift__slot__project=project))
    left = look()
    return {
        "bookings": [
            [pk, *rest, _minute(until) if until else None, old] for pk, *rest, until, old in of_booking
        ],
        "shifts": [list(row) for row in of_shift],
        "booths": [[booth.pk, booth.is_open] for booth in Booth.objects.filter(pk__in=world["booths"])],
        "taken": [[row.kind, row.resource_id, _tick_minute(row.tick), _claim(row)] for row in mine],
        "broken": [*left["broken"], *(line for _name, sweep in sweeps() for line in sweep())],
        "deadlocks": left["deadlocks"],
    }


def _claim(row: Occupancy) -> str:
    return f"booking {row.booking_id}" if row.booking_id else f"shift {row.shift_id}"


def _tick_minute(tick: int) -> int:
    return tick * TICK_MIN - int(NOW.timestamp()) // TICK_S * TICK_MIN
