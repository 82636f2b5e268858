"""The yes to a move of a confirmed session, and what else may happen to either booking at that moment."""

import pytest

from tests.races.harness import Crew
from tests.races.test_meetings import check_whole

pytestmark = pytest.mark.race
SCENES = "tests.races.move_scenes"
KEPT, MOVED = ["held", "awaiting", "confirmed"], ["awaiting", "confirmed"]


def make_moves(crew: Crew) -> list[dict]:
    return crew.do(f"{SCENES}:make_moves", count=8)


def histories(crew: Crew, scene: dict) -> list[list[str]]:
    return [crew.do("history", booking=scene[name]) for name in ("old", "new")]


def test_yes_to_a_move_while_the_other_cancels_the_session_has_one_end(crew: Crew):
    scenes, moved = make_moves(crew), 0

    for scene in scenes:
        said, cancelled = crew.race(
            ("accept", {"booking": scene["new"]}), (f"{SCENES}:cancel", {"booking": scene["old"]})
        )
        is_moved = said["answer"] == "confirmed"
        moved += is_moved
        assert (said["answer"], cancelled) in [("confirmed", "wrong_status"), ("wrong_status", "cancelled")]
        end = MOVED if is_moved else ["awaiting", "cancelled"]
        assert histories(crew, scene) == [[*KEPT, "cancelled"], end]

    check_whole(crew, live=moved)


def test_yes_to_a_move_at_the_end_of_its_time_has_one_end(crew: Crew):
    for scene in make_moves(crew):
        said, _swept, _again = crew.race(
            ("accept", {"booking": scene["new"]}),
            ("expire_one", {"booking": scene["new"], "now": scene["expires_at"]}),
            ("expire_one", {"booking": scene["new"], "now": scene["expires_at"]}),
        )
        is_moved = said["answer"] == "confirmed"
        assert is_moved or said["answer"] == "wrong_status"
        ends = [[*KEPT, "cancelled"], MOVED] if is_moved else [KEPT, ["awaiting", "expired"]]
        assert histories(crew, scene) == ends

    check_whole(crew, live=8)


def test_yes_to_a_move_while_others_claim_the_slot_keeps_one_of_them(crew: Crew):
    scenes, claimed = make_moves(crew), 0

    for scene in scenes:
        said, answer, cancelled = crew.race(
            ("accept", {"booking": scene["new"]}),
            ("press", {"pair": scene["others"], "slot": scene["slot"], "now": scene["expires_at"]}),
            (f"{SCENES}:cancel", {"booking": scene["old"]}),
        )
        claimed += answer == "held"
        assert (said["answer"] == "confirmed") == (answer == "taken")
        assert cancelled in {"cancelled", "wrong_status", "changed"}

    left = crew.do("statuses")
    check_whole(crew, live=left.get("held", 0) + left.get("confirmed", 0))
    assert left.get("held", 0) == claimed


def test_yes_to_a_move_said_twice_counts_once(crew: Crew):
    for scene in make_moves(crew):
        job = ("accept", {"booking": scene["new"]})
        answers = sorted(said["answer"] for said in crew.race(job, job, job))
        assert answers == ["confirmed", "wrong_status", "wrong_status"]
        assert histories(crew, scene) == [[*KEPT, "cancelled"], MOVED]

    check_whole(crew, live=8)


def test_studios_question_that_both_answer_at_once_has_one_answer(crew: Crew):
    for scene in crew.do(f"{SCENES}:make_questions", count=8):
        (one, other), (near, far) = scene["people"], scene["options"][:2]
        answers = crew.race(
            (f"{SCENES}:answer", {"request": scene["request"], "by": one, "slot": near}),
            (f"{SCENES}:answer", {"request": scene["request"], "by": other, "slot": far}),
            (f"{SCENES}:answer", {"request": scene["request"], "by": other, "slot": None}),
        )

        ends = [answer for answer in answers if answer in {"chosen", "kept"}]
        assert len(ends) == 1
        assert {*answers} - {*ends} <= {"answered", "move_open", "taken"}
        looked = crew.do(f"{SCENES}:look_at_request", request=scene["request"])
        assert looked == {"status": ends[0], "ends": 1, "moves": int(ends == ["chosen"])}

    left = crew.do("look")
    assert (left["broken"], left["deadlocks"]) == ([], 0)
