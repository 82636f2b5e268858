"""PostgreSQL refuses an overlap even when somebody writes past the rules."""

import pytest

from tests.races.harness import Crew

pytestmark = [pytest.mark.race, pytest.mark.parametrize("whole_crew", ["postgresql"], indirect=True)]


@pytest.mark.parametrize(
    "way",
    [
        "second_booking_of_a_booth",
        "second_booking_of_a_person",
        "shift_of_a_speaker",
        "seat_of_a_speaker",
        "seat_in_a_booked_booth",
        "slot_moved_over",
    ],
)
def test_overlap_written_past_the_rules_is_refused_at_commit(crew: Crew, way: str):
    assert crew.do("write_past_the_rules", way=way) == "no_span_overlaps"
    assert crew.do("look")["broken"] == []


def test_spans_follow_the_bookings(crew: Crew):
    scene = crew.do("make_bookings", count=1, status="awaiting")[0]
    assert crew.do("count_spans") == {"booking": 3, "shift": 2, "seat": 0}

    crew.do("sweep_overdue", now="2026-03-06T00:00:00+08:00")
    crew.do("withdraw", shift=scene["shift"])

    assert crew.do("count_spans") == {"booking": 0, "shift": 1, "seat": 0}


def test_spans_follow_the_open_seats(crew: Crew):
    (scene,) = crew.do("tests.races.seat_scenes:make_seats", count=1)
    assert crew.do("count_spans") == {"booking": 0, "shift": 2, "seat": 2}

    assert crew.do("tests.races.seat_scenes:join", seat=scene["seat"], by=scene["people"][1]) == "done"

    assert crew.do("count_spans") == {"booking": 3, "shift": 2, "seat": 0}
