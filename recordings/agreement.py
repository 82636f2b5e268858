"""
Pure: how much better than chance people agree. Fleiss' kappa with a bootstrap interval.

Fleiss (1971) wants the same number of votes on each item. The generalisation here is
Gwet's (Handbook of Inter-Rater Reliability, 4th ed. 2014, chapter 2): an item's agreement
is the share of its pairs of votes that are alike, each item weighs the same, and chance
is reckoned from the mean share of each category. With as many votes on each item it is
Fleiss' own. Items with one vote say nothing of agreement and are left out.

A caller whose votes stop when they agree must not pass them all: see
docs/decisions/0015-agreement-of-first-two-votes.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FEWEST_VOTES = 2
REPLICATES = 2_000
INTERVAL = (2.5, 97.5)  # per cent: the middle 95 of a hundred replicates
# The same votes give the same interval at every look.
SEED = 20_150_101

# How often each category was voted on one item, and how many items had just that.
Tally = Mapping[tuple[int, ...], int]


class Undefined(StrEnum):
    """Why there is no kappa."""

    NO_ITEMS = "no_items"
    ONE_CATEGORY = "one_category"


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """
    Agreement on `items`: the `observed` and the `expected` share of equal pairs, 0 to 1, and kappa.

    What cannot be reckoned is None, and `undefined` says why; the interval needs two items.
    """

    items: int
    votes: int
    observed: float | None = None
    expected: float | None = None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    undefined: Undefined | None = None


def tally_votes(items: Iterable[Iterable[str]], *, categories: Sequence[str]) -> Counter[tuple[int, ...]]:
    """Return the items' votes as `measure_agreement` takes them: neither voters nor their order matter."""
    counts = (Counter(votes) for votes in items)
    return Counter(tuple(votes[category] for category in categories) for votes in counts)


def measure_agreement(tally: Tally, *, replicates: int = REPLICATES, seed: int = SEED) -> Agreement:
    """
    Return the agreement on the tallied items, with the percentile bootstrap interval of kappa.

    Items are resampled, not votes: the votes on one item belong together. Items that
    were voted alike are drawn at once, so the cost does not grow with their number.
    """
    patterns = sorted(votes for votes, count in tally.items() if count and sum(votes) >= FEWEST_VOTES)
    if not patterns:
        return Agreement(items=0, votes=0, undefined=Undefined.NO_ITEMS)
    votes = np.array(patterns, dtype=np.float64)
    counts = np.array([tally[pattern] for pattern in patterns], dtype=np.int64)
    items = int(counts.sum())
    observed, expected = (float(each[0]) for each in _shares(votes, counts[np.newaxis]))
    voted = int(votes.sum(axis=1) @ counts)
    found = Agreement(items=items, votes=voted, observed=observed, expected=expected)
    if np.count_nonzero(votes.any(axis=0)) == 1:
        return replace(found, undefined=Undefined.ONE_CATEGORY)
    low, high = _interval(votes, counts, replicates=replicates, seed=seed)
    return replace(found, kappa=(observed - expected) / (1 - expected), low=low, high=high)


def _shares(votes: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
    """Return observed and expected agreement for each row of `counts`: how many items of each pattern."""
    raters = votes.sum(axis=1)
    alike = (votes * (votes - 1)).sum(axis=1) / (raters * (raters - 1))
    items = counts.sum(axis=1)
    category_shares = counts @ (votes / raters[:, np.newaxis]) / items[:, np.newaxis]
    return counts @ alike / items, (category_shares**2).sum(axis=1)


def _interval(
    votes: NDArray[np.float64], counts: NDArray[np.int64], *, replicates: int, seed: int
) -> tuple[float | None, float | None]:
    """Return the interval of kappa; replicates in which only one category is left have none and are left out."""
    items = int(counts.sum())
    if items < FEWEST_VOTES:
        return None, None
    drawn = np.random.default_rng(seed).multinomial(items, counts / items, size=replicates)
    # How many categories a replicate holds is counted, not read off 1 - expected: that is never quite 0.
    varied = drawn[(drawn @ (votes > 0).astype(np.int64) > 0).sum(axis=1) > 1]
    if not len(varied):
        return None, None
    observed, expected = _shares(votes, varied)
    low, high = np.percentile((observed - expected) / (1 - expected), INTERVAL)
    return float(low), float(high)
