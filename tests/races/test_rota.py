"""Staff and managers who change the rota at one moment: nobody at two places, no slot shorter or fuller for it."""

import pytest

from tests.races import rota_scenes
from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = rota_scenes.__name__
ROUNDS = 5
DOUBLE_LIVES = 60


def scene(name: str, **arguments: object) -> tuple[str, dict[str, object]]:
    return f"{SCENES}:{name}", arguments


def test_two_who_take_one_shift_over_at_once_have_one_winner(crew: Crew):
    made = crew.do(f"{SCENES}:make_studio", rounds=ROUNDS, booths=1, staff=2, people=2)
    one, other = made["people"]
    for [slot] in made["slots"]:
        swap = crew.do(f"{SCENES}:ask_anybody", slot=slot)

        answers = crew.race(
            scene("take_over", swap=swap, person=one), scene("take_over", swap=swap, person=other)
        )

        assert sorted(answers) == ["done", "moved"]
    slots = [slot for [slot] in made["slots"]]
    assert crew.do(f"{SCENES}:look_at_rota", slots=slots) == {"staff": [2] * ROUNDS, "broken": []}


def test_shift_taken_over_while_its_person_falls_out_is_one_or_the_other(crew: Crew):
    made = crew.do(f"{SCENES}:make_studio", rounds=ROUNDS, booths=1, staff=2, people=1)
    left = []
    for [slot] in made["slots"]:
        swap = crew.do(f"{SCENES}:ask_anybody", slot=slot)

        answers = crew.race(
            scene("take_over", swap=swap, person=made["people"][0]), scene("fall_out", swap=swap)
        )

        assert tuple(answers) in {("done", "moved"), ("moved", "out")}
        left.append(2 if answers[0] == "done" else 1)
    slots = [slot for [slot] in made["slots"]]
    assert crew.do(f"{SCENES}:look_at_rota", slots=slots) == {"staff": left, "broken": []}


def test_both_of_an_exchange_fall_out_in_one_moment(crew: Crew, tmp_path):
    made = crew.do(f"{SCENES}:make_studio", rounds=2, booths=1, staff=2, people=0)
    [[first], [second]] = made["slots"]
    _swap, *shifts = crew.do(f"{SCENES}:ask_exchange", slot=first, other=second)

    flag = str(tmp_path / "flag")
    answers = crew.race(
        *(scene("report_sick", shift=shift, flag=flag, is_first=shift == shifts[0]) for shift in shifts)
    )

    assert answers == ["out", "out"]
    assert crew.do(f"{SCENES}:look_at_rota", slots=[first, second]) == {"staff": [1, 1], "broken": []}


def test_two_managers_who_apply_proposals_at_once_fill_each_slot_once(crew: Crew):
    made = crew.do(f"{SCENES}:make_studio", rounds=ROUNDS, booths=2, staff=0, people=6)
    manager, people = made["manager"], made["people"]
    for first, second in made["slots"]:
        here = [[first, people[0]], [first, people[1]], [second, people[2]], [second, people[3]]]
        there = [[second, people[0]], [second, people[1]], [first, people[4]], [first, people[5]]]

        counts = crew.race(
            scene("apply", lines=here, manager=manager), scene("apply", lines=there, manager=manager)
        )

        assert sum(counts) == 4
    slots = [slot for of_day in made["slots"] for slot in of_day]
    assert crew.do(f"{SCENES}:look_at_rota", slots=slots) == {"staff": [2] * 2 * ROUNDS, "broken": []}


def test_person_who_speaks_and_works_is_in_one_place_and_nobody_waits_in_a_circle(crew: Crew):
    made = crew.do(f"{SCENES}:make_double_lives", rounds=DOUBLE_LIVES)
    for life in made["lives"]:
        answers = crew.race(
            ("press", {"pair": life["pair"], "slot": life["own"]}),
            scene(
                "put",
                slot=life["accompanied"],
                person=life["person"],
                manager=made["manager"],
                reason="they know the booth",
            ),
        )

        assert tuple(answers) in {("held", "taken"), ("held", "takes_part"), ("taken", "put")}
    left = crew.do("look")
    assert (left["broken"], left["deadlocks"]) == ([], 0)


def test_two_managers_cannot_pass_a_limit_together(crew: Crew):
    made = crew.do(f"{SCENES}:make_studio", rounds=2, booths=1, staff=0, people=ROUNDS)
    manager, [[first], [second]] = made["manager"], made["slots"]
    for person in made["people"]:
        crew.do(f"{SCENES}:limit_to_one_a_week", person=person, manager=manager)

        answers = crew.race(
            scene("put", slot=first, person=person, manager=manager),
            scene("put", slot=second, person=person, manager=manager),
        )

        assert sorted(answers) == ["over_week", "put"]
    looked = crew.do(f"{SCENES}:look_at_rota", slots=[first, second])
    assert (sum(looked["staff"]), looked["broken"]) == (ROUNDS, [])
