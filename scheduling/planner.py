"""
Who would go well with whom: pairs of people ranked by plain values. No database, no clock. Rules: R-16, R-17.

Two people come into question when they look in one city and share at least one part of
a day. Better is, in this order: a kind of pair that the project lacks more of, more times
in common, longer waiting of the two together. What is equal in all of it is ordered by
the people's numbers, so that the same facts give the same list.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

# From here on more common times make nobody a better partner: one session needs one of them.
ENOUGH_TIMES = 6

Time = tuple[date, str]


@dataclass(frozen=True)
class Candidate:
    """Somebody who looks for a partner. `sex` and `dialect` may be unknown (""); `age_years` 0 is unknown."""

    number: int
    city: int
    times: frozenset[Time]
    waits_days: int
    sex: str = ""
    dialect: str = ""
    age_years: int = 0


@dataclass(frozen=True)
class Quota:
    """So many pairs of a kind are wanted, so many there are. `sexes` is sorted, () when any will do."""

    name: str
    wanted: int
    made: int
    sexes: tuple[str, ...] = ()
    dialect: str = ""
    min_age_years: int = 0
    max_age_years: int = 200

    @property
    def lack(self) -> float:
        """The share of the wanted pairs that is missing, 0 (full) to 1 (none yet)."""
        return max(0.0, 1 - self.made / self.wanted)

    def fits(self, one: Candidate, other: Candidate) -> bool:
        """Return whether the two would be a pair of this kind; whichever of them is named first."""
        pair = (one, other)
        return (
            (not self.sexes or tuple(sorted(person.sex for person in pair)) == self.sexes)
            and (not self.dialect or all(same_dialect(person.dialect, self.dialect) for person in pair))
            and all(self.min_age_years <= person.age_years <= self.max_age_years for person in pair)
        )


@dataclass(frozen=True)
class Proposal:
    """Somebody for one to ask, and why: `times` in common in order, the kind of pair that is lacking or ""."""

    other: Candidate
    times: tuple[Time, ...]
    lack: float
    quota: str
    waited_days: int


def same_dialect(one: str, other: str) -> bool:
    """Return whether two people wrote the same dialect, blanks and capitals aside."""
    return one.strip().casefold() == other.strip().casefold()


def propose(
    person: Candidate,
    others: Iterable[Candidate],
    *,
    quotas: Collection[Quota] = (),
    limit: int | None = None,
) -> list[Proposal]:
    """
    Return whom the person may ask, the best first; at most `limit` of them.

    Who has blocked whom, or was a pair before, is left out before: here nobody knows. Rules: R-16, R-17.
    """
    found = [_weigh(person, other, quotas=quotas) for other in others if _may_meet(person, other)]
    found.sort(key=_rank)
    return found[:limit]


def _may_meet(person: Candidate, other: Candidate) -> bool:
    return (
        person.number != other.number
        and person.city == other.city
        and not person.times.isdisjoint(other.times)
    )


def _weigh(person: Candidate, other: Candidate, *, quotas: Collection[Quota]) -> Proposal:
    lacking = [quota for quota in quotas if quota.lack and quota.fits(person, other)]
    best = min(lacking, key=lambda quota: (-quota.lack, quota.name), default=None)
    return Proposal(
        other=other,
        times=tuple(sorted(person.times & other.times)),
        lack=best.lack if best else 0.0,
        quota=best.name if best else "",
        waited_days=person.waits_days + other.waits_days,
    )


def _rank(proposal: Proposal) -> tuple[float, int, int, int]:
    times = min(len(proposal.times), ENOUGH_TIMES)
    return -proposal.lack, -times, -proposal.waited_days, proposal.other.number
