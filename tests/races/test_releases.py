"""Draws that meet, draws that die, and people who press at the very moment."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from benchmarks.rush import RushSite
from benchmarks.rush_clients import Browser
from tests.races import release_scenes
from tests.races.harness import Crew, PostgresServer

pytestmark = pytest.mark.race
SCENES = release_scenes.__name__
PAIRS, SLOTS = 10, 4


def scene(name: str, **arguments: object) -> tuple[str, dict[str, object]]:
    return f"{SCENES}:{name}", arguments


@pytest.fixture
def made(crew: Crew) -> dict[str, list[int]]:
    return crew.do(f"{SCENES}:make_draw", pairs=PAIRS, slots=SLOTS)


def left_by(crew: Crew, made: dict[str, list[int]]) -> dict[str, object]:
    return crew.do(f"{SCENES}:look_at_draw", release=made["release"])


WHOLE = {
    "status": "open",
    "entered": 0,
    "of_ended": 0,
    "won": SLOTS,
    "sold": SLOTS,
    "is_in_order": True,
    "broken": [],
}


def test_two_workers_draw_each_ticket_once_while_others_press(crew: Crew, made):
    release, (one, other) = made["release"], made["pairs"][-2:]

    answers = crew.race(
        scene("draw", release=release),
        scene("draw", release=release),
        scene("press_for", pair=one, slot=made["slots"][0]),
        scene("enter", release=release, pair=other, slots=made["slots"][:1], before_s=0),
    )

    assert sum(answers[:2]) == PAIRS
    assert answers[2] in {"not_released", "taken"}
    assert answers[3] == "closed"
    assert left_by(crew, made) == WHOLE | {"unlucky": PAIRS - SLOTS}


def test_draw_killed_in_the_middle_of_a_turn_goes_on_as_if_nothing_had_happened(crew: Crew, made):
    release = made["release"]

    assert crew.do(f"{SCENES}:draw_and_die", release=release, after=2) == -9
    torn = left_by(crew, made)
    answers = crew.race(scene("draw", release=release), scene("draw", release=release))

    assert (torn["status"], torn["won"], torn["entered"], torn["broken"]) == ("drawing", 2, PAIRS - 2, [])
    assert sum(answers) == PAIRS - 2
    assert left_by(crew, made) == WHOLE | {"unlucky": PAIRS - SLOTS}


def test_ticket_entered_in_the_last_second_is_drawn_or_refused_and_never_lost(crew: Crew, made):
    release, late = made["release"], made["pairs"][-1]

    drawn, answer = crew.race(
        scene("draw", release=release),
        scene("enter", release=release, pair=late, slots=made["slots"][:1], before_s=1),
    )

    count = PAIRS + (answer == "entered")
    assert answer in {"entered", "closed"}
    assert drawn == count
    assert left_by(crew, made) == WHOLE | {"unlucky": count - SLOTS}


def test_slot_added_in_the_last_second_is_in_the_release_or_refused(crew: Crew, made):
    release = made["release"]
    [more] = crew.do(f"{SCENES}:free_slots", release=release, count=1)

    drawn, added, other = crew.race(
        scene("draw", release=release),
        scene("add", release=release, slot=more, before_s=1),
        scene("press_for", pair=made["pairs"][-1], slot=more),
    )

    assert (drawn, added in {"added", "wrong_status", "not_free"}) == (PAIRS, True)
    assert other in {"held", "not_released", "taken"}
    assert (added == "added") == (more in crew.do(f"{SCENES}:slots_in", release=release))
    assert left_by(crew, made)["broken"] == []


def test_slot_that_is_wished_for_while_it_is_taken_out_stays_or_is_no_wish(crew: Crew):
    made = crew.do(f"{SCENES}:make_draw", pairs=0, slots=3, others=1)
    release, slot, [pair] = made["release"], made["slots"][1], made["pairs"]

    entered, out = crew.race(
        scene("enter", release=release, pair=pair, slots=[slot], before_s=1),
        scene("take_out", release=release, slot=slot, before_s=1),
    )

    assert (entered, out) in {("entered", "wished"), ("not_in_release", "out")}
    assert (slot in crew.do(f"{SCENES}:slots_in", release=release)) == (entered == "entered")


def test_pair_that_ends_while_it_enters_a_ticket_is_in_no_draw(crew: Crew):
    made = crew.do(f"{SCENES}:make_draw", pairs=1, slots=1, others=12)
    for pair in made["pairs"][1:]:
        entered, ended = crew.race(
            scene("enter", release=made["release"], pair=pair, slots=made["slots"], before_s=60),
            scene("part", pair=pair, before_s=60),
        )
        assert (entered in {"entered", "pair_ended"}, ended) == (True, "ended")

    looked = left_by(crew, made)
    assert (looked["of_ended"], looked["broken"]) == (0, [])


class Early(Browser):
    """Somebody who presses by a form of their own making, before the page has one, again and again."""

    async def press_until(self, end_s: float, answers: list[tuple[float, int]]) -> None:
        """Press, slot by slot, until one is had or the time is over; note when each answer came."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.token = secrets.token_hex(16)
        self.cookie += f"; csrftoken={self.token}"
        for slot in cycle(self.slots):
            form = {
                "csrfmiddlewaretoken": self.token,
                "form_key": secrets.token_urlsafe(24),
                "pair": self.pair,
            }
            status, _head, _body = await self._ask("POST", slot, urlencode(form).encode())
            answers.append((time.time(), status))
            if status == 302 or time.time() > end_s:
                break
        self.writer.close()
        await self.writer.wait_closed()


async def press_all(port: int, clients: list[dict[str, Any]], *, end_s: float) -> list[tuple[float, int]]:
    answers: list[tuple[float, int]] = []
    await asyncio.gather(*(Early(port, **client).press_until(end_s, answers) for client in clients))
    return answers


@pytest.fixture
def url(whole_crew: Crew) -> Iterator[str]:
    """The address of a fresh database: once of SQLite, once of PostgreSQL."""
    server = whole_crew.server
    name = server.make_database()
    yield server.url_of(name) if isinstance(server, PostgresServer) else f"sqlite:///{name}"
    server.drop_database(name)


def test_served_release_sells_nothing_before_the_moment_and_every_slot_once_after(url: str, tmp_path: Path):
    site = RushSite.over(tmp_path, url=url)
    clients = site.tell("make", pairs=12, slots=6, clients=12, tries=6, variant="ours")["clients"]
    site.serve()
    try:
        opens_at = datetime.fromisoformat(site.tell("plan", in_s=6)["opens_at"]).timestamp()
        answers = asyncio.run(press_all(site.port, clients, end_s=opens_at + 10))
    finally:
        site.kill()
    after = site.tell("count")

    early = {status for at, status in answers if at < opens_at}
    assert early == {409}
    assert Counter(status for _at, status in answers)[302] == after["sold"] == 6
    assert {status for _at, status in answers} == {302, 409}
    assert (after["overlaps"], after["broken"], after["deadlocks"]) == (0, [], 0)
