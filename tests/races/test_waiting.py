"""Offers of the waiting list, and what else may happen at that moment. Rule: R-24."""

from itertools import pairwise

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = "tests.races.waiting_scenes"
COUNT = 4


def make_lines(crew: Crew) -> list[dict]:
    return crew.do(f"{SCENES}:make_lines", count=COUNT)


def look(crew: Crew) -> dict:
    left, whole = crew.do(f"{SCENES}:look_at_lines"), crew.do("look")
    assert (left["broken"], whole["broken"], whole["deadlocks"]) == ([], [], 0)
    return left


def test_slot_that_is_cancelled_goes_to_its_line_and_never_to_a_stranger(crew: Crew):
    scenes = make_lines(crew)

    for scene in scenes:
        cancelled, pressed, joined = crew.race(
            (f"{SCENES}:cancel", {"booking": scene["booking"]}),
            ("press", {"pair": scene["strangers"], "slot": scene["slot"]}),
            (f"{SCENES}:join", {"pair": scene["strangers"], "slot": scene["slot"]}),
        )
        assert (cancelled, pressed, joined) == ("done", "taken", "done")

    left = look(crew)
    for scene in scenes:
        line = left["lines"][str(scene["slot"])]
        assert left["holders"][str(scene["slot"])] in scene["pairs"]
        assert sorted(line) == ["offered", "waiting", "waiting"]


def test_neighbours_that_are_cancelled_at_once_share_a_person_once(crew: Crew):
    """The first pairs of two slots share a person: one of the offers goes to the second pair."""
    scenes = make_lines(crew)

    crew.race(*((f"{SCENES}:cancel", {"booking": scene["booking"]}) for scene in scenes))

    left = look(crew)
    firsts = [left["holders"][str(scene["slot"])] == scene["pairs"][0] for scene in scenes]
    assert not any(one and other for one, other in pairwise(firsts))
    assert all(line.count("offered") == 1 for line in left["lines"].values())


def test_sweepers_at_once_offer_each_slot_once(crew: Crew):
    make_lines(crew)
    crew.do(f"{SCENES}:free_all")

    swept = crew.race(*((f"{SCENES}:sweep", {}) for _worker in range(3)))

    assert sum(swept) == COUNT
    assert all(line.count("offered") == 1 for line in look(crew)["lines"].values())


def test_offer_at_the_end_of_its_time_is_taken_or_goes_to_the_next(crew: Crew):
    scenes = make_lines(crew)
    offers = crew.do(f"{SCENES}:offer_all")

    for scene, offer in zip(scenes, offers, strict=True):
        taken, *_swept = crew.race(
            (f"{SCENES}:take", {"booking": offer}),
            (f"{SCENES}:sweep", {"late": True}),
            (f"{SCENES}:sweep", {"late": True}),
        )
        line = crew.do(f"{SCENES}:look_at_lines")["lines"][str(scene["slot"])]
        assert taken in ("done", "offer_over")
        assert ("taken" in line) == (taken == "done")

    look(crew)


def test_two_answers_to_an_offer_count_once(crew: Crew):
    make_lines(crew)

    for offer in crew.do(f"{SCENES}:offer_all"):
        answers = crew.race((f"{SCENES}:take", {"booking": offer}), (f"{SCENES}:refuse", {"booking": offer}))
        assert sorted(answers) in [["done", "offer_refused"], ["done", "offer_taken"]]

    look(crew)
