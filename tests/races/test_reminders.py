"""Workers that look at the same reminders at one moment: each becomes one message. Rule: R-25."""

import pytest

from tests.races import reminder_scenes
from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = reminder_scenes.__name__
DUE_AT = reminder_scenes.DUE_AT.isoformat()


def scene(name: str, **arguments: object) -> tuple[str, dict[str, object]]:
    return f"{SCENES}:{name}", arguments


def test_workers_at_once_post_each_reminder_once(crew: Crew):
    crew.do(f"{SCENES}:make_confirmed", count=4)

    posted = crew.race(*[scene("remind", at=DUE_AT)] * 4)

    left = crew.do(f"{SCENES}:look_at_reminders")
    assert sum(posted) == 8
    assert (left["states"], left["moves"], left["messages"]) == (["posted"] * 8, 8, 8)


def test_workers_at_once_tell_each_event_once(crew: Crew):
    crew.do(f"{SCENES}:make_confirmed", count=4)

    told = crew.race(*[scene("tell")] * 4)

    left = crew.do(f"{SCENES}:look_at_reminders")
    # Each booking was asked for and confirmed.
    assert (sum(told), left["news"], left["told"]) == (8, 8, 8)


def test_cancelling_against_reminding_leaves_one_end(crew: Crew):
    booked = crew.do(f"{SCENES}:make_confirmed", count=2)

    crew.race(
        *[scene("remind", at=DUE_AT)] * 2,
        *[scene("cancel", booking=booking) for booking in booked],
    )

    left = crew.do(f"{SCENES}:look_at_reminders")
    assert left["moves"] == 4
    assert left["messages"] == left["states"].count("posted")
    assert set(left["states"]) <= {"posted", "dropped"}
