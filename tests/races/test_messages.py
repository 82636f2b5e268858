"""Workers that deliver at one moment, and workers that are killed: no message goes twice."""

import signal

import pytest

from tests.races import message_scenes
from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = message_scenes.__name__


def scene(name: str, **arguments: object) -> tuple[str, dict[str, object]]:
    return f"{SCENES}:{name}", arguments


def look(crew: Crew) -> dict[str, object]:
    return crew.do(f"{SCENES}:look_at_messages")


def test_workers_at_once_send_each_message_once(crew: Crew):
    crew.do(f"{SCENES}:post", count=20)

    sent = crew.race(*[scene("deliver")] * 4)

    assert sum(sent) == 20
    assert look(crew) == {"broken": [], "states": ["sent"] * 20, "got": 20, "references": 20}


def test_same_news_written_at_once_is_one_message(crew: Crew):
    person = crew.do(f"{SCENES}:make_reader")

    assert sorted(crew.race(*[scene("post_same", person=person)] * 4)) == [False, False, False, True]


def test_worker_killed_after_the_call_is_found_out_by_asking(crew: Crew):
    crew.do(f"{SCENES}:post", count=1)

    assert crew.do(f"{SCENES}:deliver_and_be_killed", when="After") == -signal.SIGKILL
    assert look(crew)["states"] == ["sending"]
    crew.race(*[scene("deliver", at=message_scenes.later(minutes=10))] * 4)

    assert look(crew) == {"broken": [], "states": ["sent"], "got": 1, "references": 1}


def test_worker_killed_after_the_call_leaves_it_to_a_human_when_nobody_can_be_asked(crew: Crew):
    crew.do(f"{SCENES}:post", count=1)
    crew.do(f"{SCENES}:deliver_and_be_killed", when="After")

    for minutes in (9, 10, 30, 600):
        at = message_scenes.later(minutes=minutes)
        crew.race(*[scene("deliver", at=at, backend=message_scenes.DEAF)] * 4)

    assert look(crew) == {"broken": [], "states": ["unknown"], "got": 1, "references": 1}


def test_worker_killed_before_the_call_is_followed_by_another_attempt(crew: Crew):
    crew.do(f"{SCENES}:post", count=1)

    assert crew.do(f"{SCENES}:deliver_and_be_killed", when="Before") == -signal.SIGKILL
    for minutes in (10, 11):
        crew.race(*[scene("deliver", at=message_scenes.later(minutes=minutes))] * 4)

    assert look(crew) == {"broken": [], "states": ["sent"], "got": 1, "references": 1}
