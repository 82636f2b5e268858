"""People of the partner board who answer at one moment: nobody ends with two partners, no question with two answers."""

import pytest

from tests.races import board_scenes
from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = board_scenes.__name__
ROUNDS = 6
WHOLE = {"pairs": ROUNDS, "most_of_one": 1, "broken": []}


def scene(name: str, **arguments: object) -> tuple[str, dict[str, object]]:
    return f"{SCENES}:{name}", arguments


def lookers(crew: Crew, *, people: int) -> list[list[int]]:
    return crew.do(f"{SCENES}:make_lookers", rounds=ROUNDS, people=people)


def ask(crew: Crew, *, entry: int, by_entry: int) -> int:
    names = {"entry": entry, "by_entry": by_entry}
    assert crew.do(f"{SCENES}:ask", **names) == "open"
    return crew.do(f"{SCENES}:invitation_of", **names)


def test_two_who_accept_the_same_person_at_once_make_one_pair(crew: Crew):
    for one, other, asking in lookers(crew, people=3):
        first = ask(crew, entry=one, by_entry=asking)
        second = ask(crew, entry=other, by_entry=asking)

        answers = crew.race(scene("say_yes", invitation=first), scene("say_yes", invitation=second))

        assert sorted(answers) == ["accepted", "lapsed"]
    assert crew.do(f"{SCENES}:look_at_board") == WHOLE


def test_two_yes_of_one_person_at_once_make_one_pair(crew: Crew):
    for asked, one, other in lookers(crew, people=3):
        first = ask(crew, entry=asked, by_entry=one)
        second = ask(crew, entry=asked, by_entry=other)

        answers = crew.race(scene("say_yes", invitation=first), scene("say_yes", invitation=second))

        assert sorted(answers) == ["accepted", "lapsed"]
    assert crew.do(f"{SCENES}:look_at_board") == WHOLE


def test_two_who_ask_each_other_at_once_are_one_pair(crew: Crew):
    for one, other in lookers(crew, people=2):
        answers = crew.race(scene("ask", entry=one, by_entry=other), scene("ask", entry=other, by_entry=one))

        assert sorted(answers) == ["accepted", "open"]
    assert crew.do(f"{SCENES}:look_at_board") == WHOLE


def test_question_taken_back_while_it_is_answered_has_one_end(crew: Crew):
    made = 0
    for one, other in lookers(crew, people=2):
        invitation = ask(crew, entry=one, by_entry=other)

        said, taken = crew.race(
            scene("say_yes", invitation=invitation), scene("take_back", invitation=invitation)
        )

        assert (said, taken) in {("accepted", "moved"), ("withdrawn", "withdrawn"), ("moved", "withdrawn")}
        made += said == "accepted"
    assert crew.do(f"{SCENES}:look_at_board")["pairs"] == made


def test_nobody_stays_on_the_board_who_publishes_while_being_paired(crew: Crew):
    for one, other in lookers(crew, people=2):
        invitation = ask(crew, entry=one, by_entry=other)

        said, published = crew.race(
            scene("say_yes", invitation=invitation), scene("publish_again", entry=other)
        )

        assert said == "accepted"
        assert published in {"open", "paired"}
    assert crew.do(f"{SCENES}:look_at_board") == WHOLE
