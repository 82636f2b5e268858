"""The same sound of several people whose measuring ends at one moment: one passes, whoever it is. Rule: R-6."""

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race

SCENES = "tests.races.sound_scenes"


@pytest.mark.parametrize("_round", range(2))
def test_one_of_the_same_sounds_measured_at_once_passes(crew: Crew, _round):
    samples = crew.do(f"{SCENES}:make_measuring", count=4)

    standing = crew.race(*((f"{SCENES}:end_measuring", {"sample": sample}) for sample in samples))

    assert sorted(standing) == ["in_review", "refused", "refused", "refused"]
    assert crew.do(f"{SCENES}:count_fingerprints") == 1
