"""A booth, a studio or a project that is closed while somebody is at one of its slots."""

from pathlib import Path

import pytest

from tests.races import place_scenes
from tests.races.harness import Crew

pytestmark = pytest.mark.race
SCENES = place_scenes.__name__
KINDS = ("booth", "studio", "project")


def race_for_a_slot(crew: Crew, *, kind: str, flag: Path, by_rule: bool) -> float:
    """Return how long after the hold the place was closed (s); nobody holds its slot later."""
    made = crew.do(f"{SCENES}:make_place", slug=kind)
    first, second = made["pairs"]
    held_at, closed_at = crew.race(
        (f"{SCENES}:hold_at_length", {"pair": first, "slot": made["slot"], "flag": str(flag)}),
        (
            f"{SCENES}:close_under_way",
            {"kind": kind, "pk": made["places"][kind], "flag": str(flag), "by_rule": by_rule},
        ),
    )
    assert crew.do("press", pair=second, slot=made["slot"]) in {"closed", "taken"}
    return closed_at - held_at


def test_nobody_is_at_a_slot_any_more_once_its_place_is_closed(crew: Crew, tmp_path):
    later_s = [race_for_a_slot(crew, kind=kind, flag=tmp_path / kind, by_rule=True) for kind in KINDS]

    assert min(later_s) > 0
    left = crew.do("look")
    assert (left["broken"], left["deadlocks"]) == ([], 0)


def test_switch_that_is_only_written_closes_before_the_hold_is_there(crew: Crew, tmp_path):
    """The negative control. On SQLite whoever writes is alone."""
    later_s = [race_for_a_slot(crew, kind=kind, flag=tmp_path / kind, by_rule=False) for kind in KINDS]

    assert (max(later_s) < 0) is (crew.vendor == "postgresql")
