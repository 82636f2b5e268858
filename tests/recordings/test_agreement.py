"""Fleiss' kappa against published tables, an independent reckoning, and what must be true of any votes."""

import random
from collections import Counter
from itertools import combinations
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.agreement import Agreement, Undefined, measure_agreement, tally_votes

CATEGORIES = ("approve", "reject", "unsure")
# Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76 (1971), table 1:
# 30 patients, 6 psychiatrists, 5 diagnoses. Published: .430.
FLEISS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
# The example of many textbooks: 10 items, 14 raters, 5 categories. Published: 0.210.
TEXTBOOK = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]
VOTES = st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=5)
ITEMS = st.lists(VOTES, min_size=1, max_size=30)


def measure(items, **kwargs) -> Agreement:
    return measure_agreement(tally_votes(items, categories=CATEGORIES), **kwargs)


def kappa_by_hand(items) -> float:
    """Reckon kappa another way: every pair of votes is looked at, one after the other."""
    items = [votes for votes in items if len(votes) > 1]
    observed = mean(mean(a == b for a, b in combinations(votes, 2)) for votes in items)
    names = {vote for votes in items for vote in votes}
    expected = sum(mean(votes.count(name) / len(votes) for votes in items) ** 2 for name in names)
    return (observed - expected) / (1 - expected)


def test_kappa_of_fleiss_own_table():
    table = [tuple(map(int, row)) for row in FLEISS.split()]

    found = measure_agreement(Counter(table))

    assert (found.items, found.votes) == (30, 180)
    assert (round(found.observed, 3), round(found.expected, 3)) == (0.556, 0.220)
    assert round(found.kappa, 3) == 0.430
    assert found.low < found.kappa < found.high


def test_kappa_of_the_textbook_table():
    found = measure_agreement(Counter(TEXTBOOK))

    assert (round(found.observed, 3), round(found.expected, 3), round(found.kappa, 3)) == (
        0.378,
        0.213,
        0.210,
    )
    written_out = [
        [name for name, count in zip("vwxyz", row, strict=True) for _ in range(count)] for row in TEXTBOOK
    ]
    assert found.kappa == pytest.approx(kappa_by_hand(written_out))


def test_items_with_one_vote_are_left_out():
    pairs = [("approve", "approve"), ("approve", "reject"), ("reject", "reject")]

    assert measure([*pairs, ("unsure",), ()]) == measure(pairs)


def test_no_items_have_no_kappa():
    nothing = Agreement(items=0, votes=0, undefined=Undefined.NO_ITEMS)

    assert measure([]) == measure([("approve",)]) == measure_agreement({(2, 0, 0): 0}) == nothing


def test_one_category_alone_has_no_kappa():
    found = measure([("approve", "approve"), ("approve", "approve", "approve")])

    assert (found.items, found.votes, found.observed) == (2, 5, 1.0)
    assert (found.kappa, found.low, found.high) == (None, None, None)
    assert found.undefined == Undefined.ONE_CATEGORY


def test_one_item_has_no_interval():
    found = measure([("approve", "reject")])

    assert found.kappa == pytest.approx(-1)
    assert (found.low, found.high, found.undefined) == (None, None, None)


def test_interval_covers_the_truth_about_as_often_as_it_says():
    """Two voters copy each other in half of the cases and throw coins otherwise: kappa is 0.5."""
    throw = random.Random(5)
    hits = 0
    for _trial in range(200):
        items = []
        for _item in range(80):
            first = throw.choice(CATEGORIES)
            items.append((first, first if throw.random() < 0.5 else throw.choice(CATEGORIES)))
        found = measure(items, replicates=400)
        hits += found.low <= 0.5 <= found.high
    assert 180 <= hits <= 199


def test_interval_is_the_same_at_every_look():
    items = [("approve", "approve"), ("approve", "reject"), ("reject", "reject")] * 5

    assert measure(items) == measure(list(reversed(items)))


def test_votes_that_stop_when_they_agree_must_not_all_be_counted():
    """Voters who throw coins, and a third one only where two differ: all votes feign agreement, the first two none."""
    throw = random.Random(7)
    firsts = [(throw.choice(CATEGORIES[:2]), throw.choice(CATEGORIES[:2])) for _item in range(20_000)]
    stopped = [votes if votes[0] == votes[1] else (*votes, throw.choice(CATEGORIES[:2])) for votes in firsts]

    assert measure(stopped).kappa == pytest.approx(1 / 3, abs=0.02)
    assert measure(firsts).kappa == pytest.approx(0, abs=0.02)


@given(items=ITEMS, shuffle=st.randoms(use_true_random=False))
def test_order_of_items_and_of_voters_changes_nothing(items, shuffle):
    mixed = [shuffle.sample(votes, len(votes)) for votes in shuffle.sample(items, len(items))]

    assert measure(mixed, replicates=50) == measure(items, replicates=50)


@given(items=ITEMS)
def test_kappa_is_what_every_pair_of_votes_says(items):
    found = measure(items, replicates=50)

    if found.kappa is None:
        assert found.undefined is not None
    else:
        assert found.kappa == pytest.approx(kappa_by_hand(items))


@given(items=ITEMS)
def test_figures_stay_in_their_bounds(items):
    found = measure(items, replicates=50)

    if found.undefined != Undefined.NO_ITEMS:
        assert 0 <= found.observed <= 1
        assert 1 / 3 - 1e-9 <= found.expected <= 1 + 1e-9
    for figure in (found.kappa, found.low, found.high):
        assert figure is None or -1 - 1e-9 <= figure <= 1 + 1e-9
    if found.low is not None:
        assert found.low <= found.high


@given(names=st.lists(st.sampled_from(CATEGORIES), min_size=2, max_size=30), raters=st.integers(2, 6))
def test_perfect_agreement_is_one(names, raters):
    found = measure([[name] * raters for name in names], replicates=50)

    if len(set(names)) > 1:
        assert found.kappa == pytest.approx(1)
        assert found.high == pytest.approx(1)
    else:
        assert found.undefined == Undefined.ONE_CATEGORY


@pytest.mark.parametrize("raters", [2, 3, 6])
def test_random_votes_agree_as_chance_does(raters):
    throw = random.Random(raters)
    items = [throw.choices(CATEGORIES, weights=(6, 3, 1), k=raters) for _item in range(5_000)]

    assert measure(items).kappa == pytest.approx(0, abs=0.03)


def test_cost_does_not_grow_with_the_items():
    """A million items of nine kinds are drawn as nine numbers a replicate, never as a million."""
    kinds = Counter({(2, 0, 0): 600_000, (1, 1, 0): 250_000, (0, 2, 0): 150_000})

    found = measure_agreement(kinds)

    assert found.items == 1_000_000
    assert found.high - found.low < 0.01
