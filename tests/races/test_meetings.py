"""Two things at one moment: each pair of them must end in one of the orders that are right."""

from datetime import datetime, timedelta

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race
WHOLE = {"broken": [], "deadlocks": 0}


def check_whole(crew: Crew, *, live: int) -> None:
    left = crew.do("look")
    assert {"broken": left["broken"], "deadlocks": left["deadlocks"]} == WHOLE
    assert (left["live"], left["slots"]) == (live, live)


def test_two_tabs_of_one_person_hold_one_booth(crew: Crew):
    rounds = crew.do("make_ring", rounds=12)

    for scene in rounds:
        pair, (one, other, _third) = scene["pairs"][0], scene["slots"]
        answers = crew.race(("press", {"pair": pair, "slot": one}), ("press", {"pair": pair, "slot": other}))
        assert sorted(answers) == ["held", "taken"]

    check_whole(crew, live=12)


def test_two_tabs_of_one_person_hold_one_slot_once(crew: Crew):
    rounds = crew.do("make_ring", rounds=12)

    for scene in rounds:
        job = ("press", {"pair": scene["pairs"][0], "slot": scene["slots"][0]})
        assert sorted(crew.race(job, job, job, job)) == ["held", "taken", "taken", "taken"]

    check_whole(crew, live=12)


def test_swapped_partners_at_once_end_with_one_booking(crew: Crew):
    rounds = crew.do("make_ring", rounds=18)

    for scene in rounds:
        jobs = zip(scene["pairs"], scene["slots"], strict=True)
        answers = crew.race(*(("press", {"pair": pair, "slot": slot}) for pair, slot in jobs))
        assert sorted(answers) == ["held", "taken", "taken"]

    check_whole(crew, live=18)


def test_bookings_that_swap_their_slots_at_once_stay_where_they_are(crew: Crew):
    scenes = crew.do("make_bookings", count=8, status="awaiting")

    for one, other in zip(scenes[::2], scenes[1::2], strict=True):
        answers = crew.race(
            ("move", {"booking": one["booking"], "to_slot": other["slot"]}),
            ("move", {"booking": other["booking"], "to_slot": one["slot"]}),
        )
        assert answers == ["taken", "taken"]

    check_whole(crew, live=8)


def test_two_bookings_that_move_to_one_slot_lose_nothing(crew: Crew):
    scenes = crew.do("make_bookings", count=8, status="awaiting")
    free = crew.do("make_free_slots", count=4)

    for one, other, slot in zip(scenes[::2], scenes[1::2], free, strict=True):
        answers = crew.race(
            ("move", {"booking": one["booking"], "to_slot": slot}),
            ("move", {"booking": other["booking"], "to_slot": slot}),
        )
        assert sorted(answers) == ["moved", "taken"]

    check_whole(crew, live=8)


def test_hold_that_ends_while_it_is_confirmed_has_one_end(crew: Crew):
    scenes = crew.do("make_bookings", count=12, status="held")

    for scene in scenes:
        over = datetime.fromisoformat(scene["expires_at"])
        just_in_time = (over - timedelta(microseconds=1)).isoformat()
        answer, _swept = crew.race(
            ("confirm", {"booking": scene["booking"], "now": just_in_time}),
            ("expire_one", {"booking": scene["booking"], "now": over.isoformat()}),
        )
        end = {"awaiting": "awaiting", "wrong_status": "expired"}[answer]
        assert crew.do("history", booking=scene["booking"]) == ["held", end]

    live = crew.do("statuses").get("awaiting", 0)
    check_whole(crew, live=live)


def test_sweepers_and_the_next_claimant_expire_a_hold_once(crew: Crew):
    scenes = crew.do("make_bookings", count=12, status="held")
    over = scenes[0]["expires_at"]

    for scene in scenes:
        swept, again, answer = crew.race(
            ("expire_one", {"booking": scene["booking"], "now": over}),
            ("expire_one", {"booking": scene["booking"], "now": over}),
            ("press", {"pair": scene["others"], "slot": scene["slot"], "now": over}),
        )
        assert answer == "held"
        assert not (swept and again)
        assert crew.do("history", booking=scene["booking"]) == ["held", "expired"]

    check_whole(crew, live=12)


def test_two_whole_sweeps_at_once_count_each_booking_once(crew: Crew):
    scenes = crew.do("make_bookings", count=12, status="held")
    job = ("sweep_overdue", {"now": scenes[0]["expires_at"]})

    assert sum(crew.race(job, job, job)) == 12

    check_whole(crew, live=0)


def test_yes_never_counts_staff_who_left_before_it_was_written(crew: Crew):
    scenes = crew.do("make_bookings", count=12, status="awaiting")

    confirmed = 0
    for scene in scenes:
        said, left = crew.race(
            ("accept", {"booking": scene["booking"]}), ("withdraw", {"shift": scene["shift"]})
        )
        assert left["answer"] == "withdrawn"
        if said["answer"] == "confirmed":
            confirmed += 1
            assert not said["counted_at"] < left["written_at"] < said["written_at"]
        else:
            assert said["answer"] == "unstaffed"

    assert crew.do("statuses").get("confirmed", 0) == confirmed
    check_whole(crew, live=12)
