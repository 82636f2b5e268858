import numpy as np
import pytest

from recordings.audio.runs import drop_short, find_runs, latch, paint_runs, widen


def mask_of(text):
    return np.array([sign == "#" for sign in text])


def text_of(mask):
    return "".join("#" if value else "." for value in mask)


@pytest.mark.parametrize("text", ["", ".", "#", "..##.#", "#..#"])
def test_runs_and_masks_are_each_other(text):
    assert text_of(paint_runs(find_runs(mask_of(text)), length=len(text))) == text


def test_find_runs_gives_from_and_to():
    assert find_runs(mask_of(".##..#")).tolist() == [[1, 3], [5, 6]]


def test_latch_keeps_what_reaches_the_upper_limit_whole():
    values = np.array([0.0, 0.4, 0.6, 0.4, 0.0, 0.4, 0.4, 0.0])
    assert text_of(latch(values, on=0.5, off=0.3)) == ".###...."


def test_drop_short_fills_gaps_but_no_edges_and_drops_runs():
    assert text_of(drop_short(mask_of(".##.##..##."), value=False, shortest=2)) == ".#####..##."
    assert text_of(drop_short(mask_of("#.##..###"), value=True, shortest=2)) == "..##..###"


def test_widen_stops_at_the_edges_and_joins():
    assert text_of(widen(mask_of(".#....#..#"), frames=2)) == "##########"
    assert text_of(widen(mask_of("#......#"), frames=1)) == "##....##"
    assert text_of(widen(mask_of("...."), frames=1)) == "...."
