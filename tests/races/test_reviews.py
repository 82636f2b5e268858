"""Reviewers who press at one moment: places, votes and verdicts come out as if one had waited."""

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race


def test_last_place_goes_to_one(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=["approve", "reject"], reviewers=4)

    answers = crew.race(*(("reserve", {"reviewer": reviewer}) for reviewer in scene["reviewers"]))

    assert sorted(answers, key=str) == [*scene["samples"], None, None, None]
    assert crew.do("look_at_samples")["places"] == 1


def test_reviewers_at_once_fill_the_samples_to_the_last_place(crew: Crew):
    scene = crew.do("make_reviews", count=2, verdicts=["unsure"], reviewers=4)

    answers = crew.race(*(("reserve", {"reviewer": reviewer}) for reviewer in scene["reviewers"]))

    assert sorted(answers) == sorted(scene["samples"] * 2)


def test_vote_pressed_twice_at_once_counts_once(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=[], reviewers=1)
    job = {"sample": scene["samples"][0], "reviewer": scene["reviewers"][0]}
    crew.do("ready", **job)

    answers = crew.race(
        ("cast", job | {"verdict": "approve"}),
        ("cast", job | {"verdict": "reject"}),
        ("cast", job | {"verdict": "approve"}),
    )

    assert sorted(answers) == ["refused: voted", "refused: voted", "voted"]
    assert crew.do("look_at_samples")["votes"] == 1


def test_votes_settled_by_many_at_once_qualify_once(crew: Crew):
    crew.do("make_reviews", count=3, verdicts=["approve", "approve"], reviewers=0)

    answers = crew.race(*[("settle", {})] * 4)

    assert sum(answers) == 3
    assert crew.do("look_at_samples") == {
        "broken": [],
        "samples": ["approved"] * 3,
        "votes": 6,
        "places": 0,
        "qualifications": 3,
    }


def test_vote_against_the_closing_of_the_sample_has_one_order(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=["reject", "reject"], reviewers=1)
    job = {"sample": scene["samples"][0], "reviewer": scene["reviewers"][0]}
    crew.do("ready", **job)

    vote, settled = crew.race(("cast", job | {"verdict": "approve"}), ("settle", {}))

    assert (vote, settled) in {("voted", 1), ("refused: closed", 1)}
    left = crew.do("look_at_samples")
    assert (left["broken"], left["samples"]) == ([], ["cross_review"])


def test_sample_sent_from_many_windows_at_once_is_one(crew: Crew):
    scene = crew.do("make_reviews", count=0, verdicts=[], reviewers=0)
    jobs = [("send", {"person": scene["person"][0], "content": f"window {n}"}) for n in range(4)]

    assert sorted(crew.race(*jobs)) == ["running", "running", "running", "sent"]
    assert crew.do("look_at_samples")["samples"] == ["measuring"]


def test_places_filled_by_many_at_once_are_filled_once(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=[], reviewers=5)
    sample = scene["samples"][0]

    given = crew.race(
        ("assign", {"sample": sample}), ("repair", {}), ("assign", {"sample": sample}), ("repair", {})
    )

    assert sum(given) == 3
    left = crew.do("look_at_samples")
    assert (left["broken"], left["places"]) == ([], 3)


def test_lapsed_place_goes_to_one_of_those_who_press_at_once(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=["approve", "reject"], reviewers=4)
    crew.do("reserve", reviewer=scene["reviewers"][0])
    later = "2026-03-02T10:15:00+08:00"

    answers = crew.race(*(("reserve", {"reviewer": one, "at": later}) for one in scene["reviewers"][1:]))

    assert sorted(answers, key=str) == [*scene["samples"], None, None]
    left = crew.do("look_at_samples")
    assert (left["broken"], left["places"]) == ([], 1)


def test_vote_against_the_removal_of_its_reviewer_has_one_order(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=[], reviewers=4)
    job = {"sample": scene["samples"][0], "reviewer": scene["reviewers"][0]}
    crew.do("ready", **job)

    vote, _paused, _given = crew.race(
        ("cast", job | {"verdict": "approve"}), ("pause", {"reviewer": job["reviewer"]}), ("repair", {})
    )

    assert vote in {"voted", "refused: removed"}
    crew.do("repair")
    left = crew.do("look_at_samples")
    assert (left["broken"], left["places"] + left["votes"]) == ([], 3)


def test_known_voice_against_the_vote_is_one_of_the_two(crew: Crew):
    scene = crew.do("make_reviews", count=1, verdicts=[], reviewers=4)
    job = {"sample": scene["samples"][0], "reviewer": scene["reviewers"][0]}
    crew.do("ready", **job)

    vote, known = crew.race(("cast", job | {"verdict": "approve"}), ("know", job))

    assert (vote, known) in {("voted", "refused: voted"), ("refused: known", "known")}
    assert crew.do("look_at_samples")["broken"] == []
