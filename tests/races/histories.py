"""What the workers do in a random history: be some of its clients, who choose by dice and call the rules."""

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
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from scheduling import bookings, holds, offer_answers, places, rota, seats, swaps, waiting
from scheduling.models import (
    Booking,
    Booth,
    OpenSeat,
    Pair,
    Project,
    Shift,
    Slot,
    Studio,
    SwapRequest,
    WaitingEntry,
)
from scheduling.retries import Busy
from tests.factories import NOW
from tests.races.history_model import DONE, NOTHING, PROJECT, STUDIO

# The rota's clock is a day ahead of the others': what is withdrawn was withdrawn after every confirmation.
ROTA_AHEAD_MIN = 24 * 60
ROTA = {"assign", "withdraw", "ask_swap", "accept_swap", "decline_swap", "withdraw_swap"}


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
            actor.act(now=step * world["step_min"] + client % world["step_min"])
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
        weights = self.world["weights"]
        name = self.dice.choices([*weights], [*weights.values()])[0]
        arguments = self._choose(name)
        if arguments is None:
            name = next(iter(weights))
            arguments = self._choose(name)
        assert arguments is not None
        if name in ROTA:
            now += ROTA_AHEAD_MIN
        call = {"name": name, "arguments": arguments, "now": now, "process": _server_process()}
        self.say(call | {"called": time.monotonic()})
        made: int | bool | None = 0
        try:
            made, answer = CALLS[name](self.world, NOW + timedelta(minutes=now), **arguments), DONE
        except ValidationError as refusal:
            answer = str(refusal.code)
        except Busy:
            answer = "busy"
        if made is False:
            answer = NOTHING
        # A yes of the worker is no key.
        made = 0 if isinstance(made, bool) or made is None else made
        self.say({"answer": answer, "made": made, "returned": time.monotonic()})

    def _choose(self, name: str) -> dict[str, int] | None:
        """Return the arguments, None when there is nothing that it could be done to."""
        slot = self.dice.choice(self.world["slots"])[0]
        if name in ("hold", "join_line"):
            pair, *people = self.dice.choice(self.world["pairs"])
            return {"slot": slot, "pair": pair, "by": self.dice.choice(people)}
        if name in ("close_place", "open_place"):
            return {"place": self.dice.choice([*self.world["booths"], STUDIO, PROJECT])}
        if name == "assign":
            return {"slot": slot, "person": self.dice.choice(self.world["staff"])}
        if name == "take_seat":
            return {"slot": slot, "person": self.dice.choice(self.world["crowd"])}
        if name == "offer_slot":
            return {"slot": slot}
        if name == "withdraw":
            shift = self._any(Shift.objects.filter(status="assigned"))
            return shift and {"shift": shift[0]}
        if name == "leave_line":
            entry = self._any(WaitingEntry.objects.in_line(), "pair__person_a", "pair__person_b")
            return entry and {"entry": entry[0], "by": self.dice.choice(entry[1:])}
        if name.endswith("_seat"):
            return self._choose_seat(name)
        if name.endswith("_swap"):
            return self._choose_swap(name)
        return self._choose_booking(name, slot)

    def _choose_seat(self, name: str) -> dict[str, int] | None:
        if (found := self._any(OpenSeat.objects.standing(), "person")) is None:
            return None
        seat, person = found
        if name == "release_seat":
            return {"seat": seat}
        known = [who for _pair, *both in self.world["pairs"] if person in both for who in both]
        return {"seat": seat, "by": self.dice.choice(known) if name == "join_seat" else person}

    def _choose_swap(self, name: str) -> dict[str, int] | None:
        standing = Shift.objects.filter(status="assigned")
        if name == "ask_swap":
            found = self._any(standing, "slot", "person")
            if found is None:
                return None
            shift, slot, by = found
            asked = self.dice.choice([who for who in (0, *self.world["staff"]) if who != by])
            # In return for something every second time, when there is somebody who is asked.
            wanted = (
                self._any(standing.filter(person=asked).exclude(slot=slot))
                if self.dice.random() > 0.5
                else None
            )
            return {"shift": shift, "by": by, "asked": asked, "wanted": wanted[0] if wanted else 0}
        found = self._any(SwapRequest.objects.pending(), "asker", "asked")
        if found is None or (name == "decline_swap" and not found[2]):
            return None
        swap, asker, asked = found
        anybody = self.dice.choice([who for who in self.world["staff"] if who != asker])
        return {"swap": swap, "by": asker if name == "withdraw_swap" else asked or anybody}

    def _choose_booking(self, name: str, slot: int) -> dict[str, int] | None:
        statuses = {
            "confirm": ["held"],
            "refuse": ["held"],
            "accept": ["awaiting"],
            "expire": ["held", "awaiting"],
        }
        rows = Booking.objects.filter(status__in=statuses.get(name, ["held", "awaiting", "confirmed"]))
        if name == "refuse":
            rows = rows.filter(waiting_entry__isnull=False)
        found = self._any(rows, "waiting_entry", "booked_by", "pair__person_a", "pair__person_b")
        if found is None:
            return None
        booking, offer, holder, *people = found
        if name == "expire":
            return {"booking": booking}
        by = self.dice.choice(people)
        if name == "accept" or (name == "confirm" and not offer):
            by = next(who for who in people if (who == holder) is (name == "confirm"))
        return {"booking": booking, "by": by} | ({"slot": slot} if name == "move" else {})

    def _any(self, rows: QuerySet[Any], *fields: str) -> tuple[int, ...] | None:
        """Return the key and the fields of one of the rows of this world."""
        homes = {Shift: "slot__project", SwapRequest: "shift__slot__project"}
        rows = rows.filter(**{homes.get(rows.model, "project"): self.world["project"]})
        found = list(rows.order_by("pk").values_list("pk", *fields))
        return self.dice.choice(found) if found else None


def _server_process() -> int:
    """Return the number of the process that serves this client, by which PostgreSQL's log knows it."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0


def _hold(_world: Any, now: Any, *, slot: int, pair: int, by: int) -> int:
    return bookings.hold_slot(slot, pair=_pair(pair), by=User.objects.get(pk=by), now=now).pk


def _pair(pk: int) -> Pair:
    return Pair.objects.select_related("project", "person_a", "person_b").get(pk=pk)


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


def _join_line(_world: Any, now: Any, *, slot: int, pair: int, by: int) -> int:
    return waiting.join_line(slot, pair=_pair(pair), by=User.objects.get(pk=by), now=now).pk


def _leave_line(_world: Any, now: Any, *, entry: int, by: int) -> None:
    waiting.leave_line(WaitingEntry.objects.get(pk=entry), by=User.objects.get(pk=by), now=now)


def _offer_slot(_world: Any, now: Any, *, slot: int) -> bool:
    return waiting.offer_slot(slot, now=now)


def _take_seat(_world: Any, now: Any, *, slot: int, person: int) -> int:
    return seats.take_seat(slot, person=User.objects.get(pk=person), now=now).pk


def _join_seat(_world: Any, now: Any, *, seat: int, by: int) -> int:
    found = OpenSeat.objects.select_related("person").get(pk=seat)
    return seats.join_seat(found, by=User.objects.get(pk=by), now=now).pk


def _withdraw_seat(_world: Any, now: Any, *, seat: int, by: int) -> None:
    seats.withdraw_seat(OpenSeat.objects.get(pk=seat), by=User.objects.get(pk=by), now=now)


def _release_seat(_world: Any, now: Any, *, seat: int) -> bool:
    return seats.release_one(seat, now=now)


def _withdraw(world: dict[str, Any], now: Any, *, shift: int) -> None:
    manager = User.objects.get(pk=world["manager"])
    rota.withdraw_shift(Shift.objects.get(pk=shift), by=manager, now=now, reason="ill")


def _assign(world: dict[str, Any], now: Any, *, slot: int, person: int) -> int:
    manager, worker = User.objects.get(pk=world["manager"]), User.objects.get(pk=person)
    found = Slot.objects.get(pk=slot)
    return rota.assign_staff(found, person=worker, by=manager, now=now, reason="whatever they have").pk


def _ask_swap(_world: Any, now: Any, *, shift: int, by: int, asked: int, wanted: int) -> int:
    colleague = User.objects.get(pk=asked) if asked else None
    return swaps.ask_swap(
        Shift.objects.get(pk=shift),
        asked=colleague,
        wanted=Shift.objects.get(pk=wanted) if wanted else None,
        by=User.objects.get(pk=by),
        now=now,
    ).pk


def _swap(rule: Callable[..., None]) -> Callable[..., None]:
    def call(_world: Any, now: Any, *, swap: int, by: int) -> None:
        found = SwapRequest.objects.select_related("shift", "wanted", "asker", "asked").get(pk=swap)
        rule(found, by=User.objects.get(pk=by), now=now)

    return call


def _switch(rule: Callable[..., None]) -> Callable[..., None]:
    def call(world: dict[str, Any], now: Any, *, place: int) -> None:
        project = Project.objects.get(pk=world["project"])
        found: Any = project if place == PROJECT else Studio.objects.get(pk=world["studio"])
        rule(Booth.objects.get(pk=place) if place > 0 else found, now=now)

    return call


CALLS: dict[str, Callable[..., Any]] = {
    "hold": _hold,
    "confirm": _answer(bookings.confirm_hold),
    "accept": _answer(bookings.accept_booking),
    "cancel": _answer(bookings.cancel_booking),
    "move": _move,
    "expire": _expire,
    "close_place": _switch(places.close_place),
    "open_place": _switch(places.open_place),
    "withdraw": _withdraw,
    "assign": _assign,
    "join_line": _join_line,
    "leave_line": _leave_line,
    "refuse": _answer(offer_answers.refuse_offer),
    "offer_slot": _offer_slot,
    "take_seat": _take_seat,
    "join_seat": _join_seat,
    "withdraw_seat": _withdraw_seat,
    "release_seat": _release_seat,
    "ask_swap": _ask_swap,
    "accept_swap": _swap(swaps.accept_swap),
    "decline_swap": _swap(swaps.decline_swap),
    "withdraw_swap": _swap(swaps.withdraw_swap),
}
