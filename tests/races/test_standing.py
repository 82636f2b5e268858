"""Two who write at one moment how somebody came: one outcome, one consequence. Rule: R-26."""

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = "tests.races.standing_scenes"


def write(booking: int, outcome: str, *, seen: str = "no_show") -> tuple[str, dict]:
    return f"{SCENES}:write", {"booking": booking, "outcome": outcome, "seen": seen}


def look(crew: Crew) -> dict:
    left = crew.do(f"{SCENES}:look")
    assert (left.pop("unsettled"), left.pop("broken")) == (0, [])
    return left


def test_two_managers_who_override_one_outcome_do_it_once(crew: Crew):
    first, _second, _third = crew.do(f"{SCENES}:make_missed", missed=2)

    answers = crew.race(write(first, "attended"), write(first, "turned_away"))

    assert sorted(answers) in (["attended", "moved"], ["moved", "turned_away"])
    assert look(crew) == {"status": "active", "moves": ["suspended", "active"], "written": 3}


def test_two_doors_that_write_a_no_show_suspend_once(crew: Crew):
    first, second, third = crew.do(f"{SCENES}:make_missed", missed=0)

    answers = crew.race(
        *[write(booking, "no_show", seen="") for booking in (first, second, third)],
        (f"{SCENES}:settle", {}),
    )

    assert answers[:3] == ["no_show"] * 3
    assert look(crew) == {"status": "suspended", "moves": ["suspended"], "written": 3}


def test_override_against_another_no_show_leaves_what_the_rows_say(crew: Crew):
    first, _second, third = crew.do(f"{SCENES}:make_missed", missed=2)

    answers = crew.race(write(first, "attended"), write(third, "no_show", seen=""), (f"{SCENES}:settle", {}))

    assert answers[:2] == ["attended", "no_show"]
    left = look(crew)
    # Two no-shows count whichever was first; in between there was one, or were three.
    assert (left["status"], left["written"]) == ("suspended", 4)
    assert left["moves"] in (["suspended"], ["suspended", "active", "suspended"])
