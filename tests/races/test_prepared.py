"""What is asked again and again is planned once by PostgreSQL; everything else goes on as Django asks it."""

import pytest

from tests.races.harness import Crew

pytestmark = [pytest.mark.race, pytest.mark.parametrize("whole_crew", ["postgresql"], indirect=True)]

SCENES = "tests.races.prepared_scenes"


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "ordinary"])
def test_kept_query_alone_is_prepared(crew: Crew, is_kept: bool):
    told = crew.do(f"{SCENES}:ask_often", is_kept=is_kept, times=8)

    assert told["answers"] == [1] * 8
    assert bool(told["prepared"]) == is_kept
