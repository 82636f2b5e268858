"""
Hostile media files through the real sandbox: no crash, no hang, no other file, no connection.

The representative ones run in the ordinary suite; all of them in `make test-long`.
"""

import sys
from collections import Counter
from itertools import islice

import pytest
from django.utils.translation import override

from recordings.audio.refusals import MACHINE_REFUSALS, RefusalCode
from recordings.reasons import REFUSALS
from recordings.sandbox import has_bubblewrap, run_child
from tests.recordings.audio.mutants import Hostile, make_crafted, make_mutants, seed_bytes
from tests.recordings.audio.traps import measure_hostile, set_trap

MODES = ["no_network", "limits_only"] + ["bubblewrap"] * has_bubblewrap()
EACH = 16  # of every format and damage: 2,112 in all


@pytest.fixture
def trap(tmp_path):
    directory = tmp_path / "place"
    directory.mkdir()
    with set_trap(directory) as trap:
        yield trap


def check(measured, trap):
    """Hold the outcomes against what must be true of every file, and return how often each occurred."""
    for name, result in measured:
        assert result.refusal_code not in MACHINE_REFUSALS, (name, result.detail)
        assert (result.report is None) != (result.refusal_code is None), name
        if result.report:
            assert result.report.pcm_sha256 != trap.secret_pcm_sha256, name
    assert trap.count_connections() == 0
    assert {name for name in trap.read_opened() if not name.startswith("hostile-")} == set()
    return Counter("measured" if result.report else str(result.refusal_code) for _name, result in measured)


def test_the_trap_notices_a_look_and_a_connection(trap):
    port = trap.server.getsockname()[1]
    look, call = f"open({str(trap.secret)!r}).close()", f"socket.create_connection(('127.0.0.1', {port}))"
    code = f"import socket; {look}; {call}"

    assert run_child([sys.executable, "-c", code], wall_s=20).return_code == 0

    assert trap.count_connections() == 1
    if trap.watch is not None:
        assert trap.read_opened() == {trap.secret.name}


def test_a_whole_seed_is_measured_in_every_mode(trap):
    for mode in MODES:
        [(_name, result)] = measure_hostile([Hostile("seed", seed_bytes("m4a"))], trap=trap, mode=mode)
        assert result.report
        assert result.isolation in {mode, "limits_only"}


@pytest.mark.heavy
def test_mutants_of_every_format_and_every_damage_end_in_figures_or_a_refusal(trap):
    # Every second one: eleven damages are an odd number, so each format and each damage is among them.
    outcomes = check(measure_hostile(islice(make_mutants(each=1), 0, None, 2), trap=trap), trap)

    assert outcomes.total() == 66
    assert outcomes["measured"] >= 10
    assert outcomes["unplayable"] >= 10


@pytest.mark.heavy
def test_crafted_files_are_refused_and_reach_nothing(trap):
    files = list(make_crafted(secret=trap.secret, url=trap.url))
    outcomes = check(measure_hostile(files, trap=trap), trap)

    assert outcomes.total() == len(files)
    assert set(outcomes) <= {"measured", *map(str, set(RefusalCode) - MACHINE_REFUSALS)}


@pytest.mark.parametrize("mode", MODES)
def test_files_that_name_another_reach_nothing_in_any_mode(trap, mode):
    wanted = ("mov url", "mov alias", "hls of", "ffconcat", "matroska", "sdp", "dash of")
    files = [f for f in make_crafted(secret=trap.secret, url=trap.url) if f.name.startswith(wanted)]

    check(measure_hostile(files[::4], trap=trap, mode=mode), trap)


@pytest.mark.long
def test_two_thousand_mutants_end_in_figures_or_a_refusal(trap):
    files = make_mutants(each=EACH)
    outcomes = Counter()
    while batch := list(islice(files, 500)):
        outcomes += check(measure_hostile(batch, trap=trap), trap)

    assert outcomes.total() == 132 * EACH >= 2_000


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_crafted_files_reach_nothing_in_any_mode(trap, mode):
    files = make_crafted(secret=trap.secret, url=trap.url)

    check(measure_hostile(files, trap=trap, mode=mode), trap)


def test_every_refusal_has_words_in_both_languages():
    for code in RefusalCode:
        told = []
        for language in ("en", "zh-hans"):
            with override(language):
                told.append((str(REFUSALS[code].words), str(REFUSALS[code].advice)))
        assert all(all(words) for words in told)
        assert told[0] != told[1]
