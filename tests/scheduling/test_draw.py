"""The order of a draw: whatever goes in, it can be worked out again by anybody."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.draw import Entry, commit, lot_of, make_seed, order_entries

SEED = "00" * 32
seeds = st.text("0123456789abcdef", min_size=64, max_size=64)
crowds = st.dictionaries(st.integers(1, 10_000), st.booleans(), max_size=60)


def entries_of(crowd: dict[int, bool]) -> list[Entry]:
    return [Entry(number, is_first_choice=first) for number, first in crowd.items()]


def test_commitment_and_lots_are_what_sha256sum_prints():
    assert commit(SEED) == hashlib.sha256(SEED.encode()).hexdigest()
    assert lot_of(17, seed=SEED) == hashlib.sha256(f"{SEED}:17".encode()).hexdigest()


def test_order_of_a_known_seed_never_changes():
    order = order_entries([Entry(n, is_first_choice=n == 5) for n in range(1, 7)], seed=SEED)

    assert [entry.number for entry in order] == [5, 1, 4, 6, 3, 2]


def test_seed_is_new_each_time_and_256_bits():
    assert len({make_seed() for _number in range(20)}) == 20
    assert len(bytes.fromhex(make_seed())) == 32


@given(crowds, seeds, st.randoms())
def test_order_does_not_depend_on_who_came_first(crowd, seed, dice):
    entries = entries_of(crowd)
    shuffled = list(entries)
    dice.shuffle(shuffled)

    assert order_entries(shuffled, seed=seed) == order_entries(entries, seed=seed)


@given(crowds, seeds)
def test_everybody_has_a_turn_and_first_choice_goes_first(crowd, seed):
    order = order_entries(entries_of(crowd), seed=seed)

    assert sorted(entry.number for entry in order) == sorted(crowd)
    assert [entry.is_first_choice for entry in order] == sorted(crowd.values(), reverse=True)


@given(crowds, seeds, st.integers(1, 10_000))
def test_somebody_more_changes_nothing_between_the_others(crowd, seed, newcomer):
    without = {number: first for number, first in crowd.items() if number != newcomer}
    order = order_entries(entries_of(without), seed=seed)
    more = order_entries([*entries_of(without), Entry(newcomer)], seed=seed)

    assert [entry for entry in more if entry.number != newcomer] == order


def test_two_tickets_of_one_number_are_a_mistake():
    with pytest.raises(ValueError, match="twice"):
        order_entries([Entry(1), Entry(1, is_first_choice=True)], seed=SEED)


def test_every_place_is_as_likely_as_any_other():
    firsts = [order_entries([Entry(n) for n in range(1, 5)], seed=f"{i:064x}")[0].number for i in range(2000)]

    assert all(400 < firsts.count(number) < 600 for number in range(1, 5))
