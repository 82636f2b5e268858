"""Managers who close the free slots of a blackout at one moment, while pairs take them."""

import pytest

from tests.races import blackout_scenes
from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = blackout_scenes.__name__
CLOSED = {"closed": True, "written": 1, "held": 0, "staff": 0}
KEPT = {"closed": False, "written": 0, "held": 1, "staff": 2}


def test_slot_of_a_blackout_is_closed_once_or_kept_by_the_pair_that_was_faster(crew: Crew):
    made = crew.do(f"{SCENES}:make_blackout", slots=12)
    close = (f"{SCENES}:close_free", {"blackout": made["blackout"], "manager": made["manager"]})
    few = dict(zip(made["slots"][:2], made["pairs"][:2], strict=True))

    one, other, *pressed = crew.race(
        close, close, *(("press", {"pair": pair, "slot": slot}) for slot, pair in few.items())
    )

    held = {slot for slot, answer in zip(few, pressed, strict=True) if answer == "held"}
    assert set(pressed) <= {"held", "closed"}
    assert sorted([*one, *other]) == sorted(set(made["slots"]) - held)
    looked = crew.do(f"{SCENES}:look_at_slots", slots=made["slots"])
    assert looked == [KEPT if slot in held else CLOSED for slot in made["slots"]]
    left = crew.do("look")
    assert (left["broken"], left["deadlocks"]) == ([], 0)
