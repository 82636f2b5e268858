"""One open seat, and several who want something of it at one moment. Rule: R-46."""

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = "tests.races.seat_scenes"
COUNT = 5


def make_seats(crew: Crew) -> list[dict]:
    return crew.do(f"{SCENES}:make_seats", count=COUNT)


def look(crew: Crew) -> dict:
    left, whole = crew.do(f"{SCENES}:look_at_seats"), crew.do("look")
    assert (left["broken"], whole["broken"], whole["deadlocks"]) == ([], [], 0)
    return left


def test_of_two_who_join_at_once_one_has_it_and_the_slot_is_never_free_between(crew: Crew):
    for scene in make_seats(crew):
        _taker, one, other = scene["people"]
        *answers, pressed = crew.race(
            (f"{SCENES}:join", {"seat": scene["seat"], "by": one}),
            (f"{SCENES}:join", {"seat": scene["seat"], "by": other}),
            ("press", {"pair": scene["strangers"], "slot": scene["slot"]}),
        )
        assert (sorted(answers), pressed) == (["done", "over"], "taken")

    left = look(crew)
    assert (left["seats"], left["confirmed"], left["pairs"]) == (["joined"] * COUNT, COUNT, 2 * COUNT)


def test_join_at_the_deadline_has_one_end(crew: Crew):
    joined = 0
    for scene in make_seats(crew):
        answer, *_swept = crew.race(
            (f"{SCENES}:join", {"seat": scene["seat"], "by": scene["people"][1]}),
            (f"{SCENES}:release", {}),
            (f"{SCENES}:release", {}),
        )
        assert answer in ("done", "over")
        joined += answer == "done"

    left = look(crew)
    assert (left["seats"].count("joined"), left["confirmed"]) == (joined, joined)


def test_join_while_it_is_given_back_has_one_end(crew: Crew):
    joined = 0
    for scene in make_seats(crew):
        taker, one, _other = scene["people"]
        answers = crew.race(
            (f"{SCENES}:join", {"seat": scene["seat"], "by": one}),
            (f"{SCENES}:withdraw", {"seat": scene["seat"], "by": taker}),
        )
        assert sorted(answers) == ["done", "over"]
        joined += answers[0] == "done"

    assert look(crew)["seats"].count("joined") == joined


def test_one_person_takes_one_seat(crew: Crew):
    scenes = make_seats(crew)
    slots = crew.do("make_free_slots", count=3)

    answers = crew.race(
        *((f"{SCENES}:take", {"slot": slot, "person": scenes[0]["people"][1]}) for slot in slots)
    )

    assert sorted(answers)[0] == "done"
    assert answers.count("done") == 1
    look(crew)
