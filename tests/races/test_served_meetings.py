"""Two people press at one moment at a served site: sessions, tokens and forms, real servers, both databases."""

import json
import secrets
import threading
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rush import RushSite
from tests.races.conftest import call_crew
from tests.races.harness import Crew, PostgresServer
from tests.races.uploading import SocketSpeaker
from tests.recordings.tus_protocol import Answer

pytestmark = pytest.mark.race
ROUNDS = 4
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Meetings:
    """A served site with its scenes."""

    def __init__(self, site: RushSite) -> None:
        self.site = site
        self.scenes = self.tell("make", rounds=ROUNDS)

    def tell(self, what: str, **facts: Any) -> Any:
        told = self.site.run("-m", "tests.races.served_meetings", what, json.dumps(facts))
        return json.loads(told.splitlines()[-1])

    def press_at_once(self, presses: list[dict[str, Any]], *, keys: list[str] | None = None) -> list[Answer]:
        """Send the forms at one moment, each over a connection of its own; return the answers in their order."""
        gate = threading.Barrier(len(presses))
        keys = keys or [secrets.token_urlsafe(24) for _press in presses]

        def send(press: dict[str, Any], key: str) -> Answer:
            speaker = SocketSpeaker(site=self.site, session=press["session"])
            form = press["form"] | {"form_key": key}
            gate.wait()
            return speaker.ask("POST", press["address"], FORM, urllib.parse.urlencode(form).encode())

        with ThreadPoolExecutor(len(presses)) as crowd:
            return list(crowd.map(send, presses, keys))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def meetings(
    request: pytest.FixtureRequest,
    crews: dict[str, Crew],
    races_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Meetings]:
    server = call_crew(request.param, crews=crews, folder=races_folder).server
    name = server.make_database()
    url = server.url_of(name) if isinstance(server, PostgresServer) else f"sqlite:///{name}"
    site = RushSite.over(tmp_path_factory.mktemp("meetings"), url=url)
    try:
        meetings = Meetings(site)
        site.serve()
        yield meetings
        left = meetings.tell("look")
        assert (left["broken"], left["deadlocks"]) == ([], 0)
    finally:
        site.kill()
        server.drop_database(name)


def statuses(answers: list[Answer]) -> list[int]:
    return sorted(answer.status for answer in answers)


def test_two_tabs_hold_one_slot(meetings: Meetings):
    for scene in meetings.scenes["two_tabs"]:
        assert statuses(meetings.press_at_once(scene["presses"])) == [302, 409]


def test_form_sent_three_times_at_once_leads_to_one_booking(meetings: Meetings):
    for scene in meetings.scenes["one_form_twice"]:
        key = secrets.token_urlsafe(24)
        answers = meetings.press_at_once(scene["presses"], keys=[key] * 3)
        late = meetings.press_at_once(scene["presses"][:1], keys=[key])

        led = {answer.headers["location"] for answer in [*answers, *late] if answer.status == 302}
        assert len(led) == 1
        assert late[0].status == 302
        assert set(statuses(answers)) <= {302, 409}  # still being carried out, or answered


def test_swapped_partners_get_one_slot_between_them(meetings: Meetings):
    for scene in meetings.scenes["swapped_partners"]:
        assert statuses(meetings.press_at_once(scene["presses"])) == [302, 409, 409]


def test_hold_that_ends_while_it_is_confirmed_has_one_end(meetings: Meetings):
    scenes = meetings.scenes["end_of_a_hold"]
    ids = [scene["booking"] for scene in scenes]
    meetings.tell("end_now", holds=ids)
    for scene in scenes:
        confirmed, *taken = meetings.press_at_once(scene["presses"])

        assert confirmed.status == 409
        assert statuses(taken) == [302, 409]

    assert meetings.tell("statuses", bookings_of=ids) == {str(booking): "expired" for booking in ids}


def test_slot_that_is_cancelled_goes_to_those_who_wait(meetings: Meetings):
    scenes = meetings.scenes["cancelled_with_a_line"]
    for scene in scenes:
        cancelled, pushed_in = meetings.press_at_once(scene["presses"])
        assert (cancelled.status, pushed_in.status) == (302, 409)

    held = meetings.tell("holders", slots=[scene["slot"] for scene in scenes])
    assert held == {str(scene["slot"]): [scene["line"]] for scene in scenes}


def test_yes_and_a_shorter_rota_end_in_one_order(meetings: Meetings):
    scenes = meetings.scenes["yes_and_the_rota"]
    said = {}
    for scene in scenes:
        yes, left = meetings.press_at_once(scene["presses"])
        assert left.status == 302
        said[str(scene["booking"])] = {302: "confirmed", 409: "awaiting"}[yes.status]

    assert meetings.tell("statuses", bookings_of=[scene["booking"] for scene in scenes]) == said
