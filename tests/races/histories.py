"""What the workers do in a random history: be some of its clients, who choose by dice and call the rules."""

import json
import os
import random
import signal
import threading
import time
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from scheduling.models import Booking, OpenSeat, Release, Shift, SwapRequest, Ticket, WaitingEntry, Wish
from scheduling.retries import Busy
from tests.factories import NOW
from tests.races.history_calls import CALLS
from tests.races.history_model import DONE, NOTHING, PROJECT, STUDIO

# The rota's clock is a day ahead of the others': what is withdrawn was withdrawn after every confirmation.
ROTA_AHEAD_MIN = 24 * 60
ROTA = {"assign", "withdraw"}
ROTA |= {f"{verb}_swap" for verb in ("ask", "accept", "decline", "withdraw", "approve", "refuse")}
DRAW = {"draw", "release_now", "cancel_release", "enter_ticket", "end_pair", "sign_ticket", "withdraw_ticket"}
# Before a draw was over so many turns, something is wrong.
MOST_TURNS = 20


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
    # News carry addresses: each client would import all pages for its first, a second under the locks of its rule.
    reverse("home")
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
        arguments = self._choose(name, now=now)
        if arguments is None:
            name = next(iter(weights))
            arguments = self._choose(name, now=now)
        assert arguments is not None
        if name == "draw":
            self._draw(now=now, **arguments)
        else:
            self._call(name, arguments, now=now + ROTA_AHEAD_MIN if name in ROTA else now)

    def _draw(self, *, now: int, release: int) -> None:
        """Do as the worker does: the moment, the places, then turn by turn; each is a transaction of its own."""
        self._call("begin_draw", {"release": release}, now=now)
        self._call("place_tickets", {"release": release}, now=now)
        for _turn in range(MOST_TURNS):
            if not self._call("decide_next", {"release": release}, now=now):
                return
        raise AssertionError("the draw has no end")

    def _call(self, name: str, arguments: dict[str, Any], *, now: int) -> int:
        """Call it and tell both, what is called and what it answers; return the key of what was made."""
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
        return made

    def _choose(self, name: str, *, now: int) -> dict[str, Any] | None:
        """Return the arguments, None when there is nothing that it could be done to."""
        slot = self.dice.choice(self.world["slots"])[0]
        if name == "join_line" and (found := self._any(Booking.objects.live(), "slot")):
            slot = found[1]
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
        if name in DRAW:
            return self._choose_draw(name, now=now)
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
        known = sorted({who for _pair, *both in self.world["pairs"] if person in both for who in both})
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
        by_manager = name in ("approve_swap", "refuse_swap")
        rows = SwapRequest.objects.filter(status="agreed") if by_manager else SwapRequest.objects.pending()
        found = self._any(rows, "asker", "asked")
        if found and by_manager:
            return {"swap": found[0], "by": self.world["manager"]}
        if found is None or (name == "decline_swap" and not found[2]):
            return None
        swap, asker, asked = found
        anybody = self.dice.choice([who for who in self.world["staff"] if who != asker])
        return {"swap": swap, "by": asker if name == "withdraw_swap" else asked or anybody}

    def _choose_draw(self, name: str, *, now: int) -> dict[str, Any] | None:
        release = self.world["release"]
        if name in ("draw", "release_now", "cancel_release"):
            # Nobody draws by a clock at which the moment is still to come.
            due = Release.objects.filter(pk=release, opens_at__lte=NOW + timedelta(minutes=now))
            return {"release": release} if name != "draw" or due.exists() else None
        if name in ("enter_ticket", "end_pair"):
            pair, *people = self.dice.choice(self.world["pairs"])
            made = {"pair": pair, "by": self.dice.choice(people)}
            batch = [pk for pk, _booth, _starts, _ends, released in self.world["slots"] if released]
            wishes = self.dice.sample(batch, self.dice.randint(1, 3))
            return made | ({"wishes": wishes} if name == "enter_ticket" else {})
        found = self._any(
            Ticket.objects.filter(status="entered"), "entered_by", "pair__person_a", "pair__person_b"
        )
        if found is None:
            return None
        ticket, entered_by, *people = found
        if name == "withdraw_ticket":
            return {"ticket": ticket, "by": self.dice.choice(people)}
        wishes = list(Wish.objects.filter(ticket=ticket).order_by("rank").values_list("slot", flat=True))
        return {"ticket": ticket, "by": sum(people) - entered_by, "wishes": wishes}

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
        homes = {
            Shift: "slot__project",
            SwapRequest: "shift__slot__project",
            Ticket: "release__project",
        }
        rows = rows.filter(**{homes.get(rows.model, "project"): self.world["project"]})
        found = list(rows.order_by("pk").values_list("pk", *fields))
        return self.dice.choice(found) if found else None


def _server_process() -> int:
    """Return the number of the process that serves this client, by which PostgreSQL's log knows it."""
    connection.ensure_connection()
    return connection.connection.info.backend_pid if connection.vendor == "postgresql" else 0
