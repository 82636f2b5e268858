"""Proposals: whom of the board the system would bring together, and why, in words. Rules: R-16, R-17."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Profile, User
from accounts.people import age_on
from scheduling.models import BoardEntry, DayPart, Pair
from scheduling.planner import Candidate, Proposal, Time, propose
from scheduling.quotas import read_quotas
from scheduling.visibility import entries_for, with_times

# Of those who have waited longest so many are weighed; a page shows three of them.
POOL = 300
SHOWN = 3


@dataclass(frozen=True)
class Suggestion:
    """A proposal with the board entry it is about and its explanation in the reader's language."""

    entry: BoardEntry
    proposal: Proposal
    why: str


def suggest(own: BoardEntry, *, now: datetime) -> list[Suggestion]:
    """
    Return the best partners for the one whose entry it is, best first, with the reasons.

    Nobody with whom they were a pair before, blocked either way, or without a common
    time. A constant number of queries.
    """
    today = local_today(own, now=now)
    times = times_of(own, today=today)
    before = Pair.objects.between(own.person_id, OuterRef("person")).filter(project=own.project)
    seen = entries_for(own.person, project=own.project, now=now).filter(~Exists(before), city=own.city)
    seen = with_times(seen, times=times, part="", today=today).select_related("person__profile", "city")
    others = {entry.person_id: entry for entry in seen[:POOL]}
    me = _candidate(own, profile=_profile_of(own.person), today=today, now=now)
    plain = [
        _candidate(entry, profile=_profile_of(entry.person), today=today, now=now)
        for entry in others.values()
    ]
    quotas = [quota for _row, quota in read_quotas(own.project, today=today)] if plain else []
    return [
        Suggestion(others[found.other.number], found, explain(found))
        for found in propose(me, plain, quotas=quotas, limit=SHOWN)
    ]


def explain(proposal: Proposal) -> str:
    """Return why the two were brought together: "both free on 3 evenings, same city, waits 9 days"."""
    return pgettext("between reasons", ", ").join(_reasons(proposal))


def _reasons(proposal: Proposal) -> Iterator[str]:
    yield words_of_common(proposal.times)
    yield _("same city")
    if proposal.quota:
        yield _("a pair that the project looks for")
    if days := proposal.other.waits_days:
        yield ngettext("waits %(days)d day", "waits %(days)d days", days) % {"days": days}
    else:
        yield _("new on the board today")


def words_of_common(times: tuple[Time, ...]) -> str:
    """Return how much two people have in common, by the part of the day when it is one only."""
    parts = Counter(part for _on, part in times)
    count = len(times)
    if len(parts) > 1:
        words = ngettext("both free at %(count)d time", "both free at %(count)d times", count)
    elif DayPart.MORNING in parts:
        words = ngettext("both free on %(count)d morning", "both free on %(count)d mornings", count)
    elif DayPart.AFTERNOON in parts:
        words = ngettext("both free on %(count)d afternoon", "both free on %(count)d afternoons", count)
    else:
        words = ngettext("both free on %(count)d evening", "both free on %(count)d evenings", count)
    return words % {"count": count}


def times_of(entry: BoardEntry, *, today: date) -> frozenset[Time]:
    """Return the times of the entry that are not past; `availabilities` should be fetched already."""
    return frozenset((time.on, time.part) for time in entry.availabilities.all() if time.on >= today)


def local_today(entry: BoardEntry, *, now: datetime) -> date:
    """Return the day in the entry's city."""
    return now.astimezone(ZoneInfo(entry.city.timezone)).date()


def waits_days(entry: BoardEntry, *, now: datetime) -> int:
    """Return for how many whole days the person has looked for a partner."""
    return max(0, (now - entry.waits_from).days)


def _profile_of(person: User) -> Profile | None:
    return getattr(person, "profile", None)


def _candidate(entry: BoardEntry, *, profile: Profile | None, today: date, now: datetime) -> Candidate:
    birth_on = profile.birth_on if profile else None
    return Candidate(
        number=entry.person_id,
        city=entry.city_id,
        times=times_of(entry, today=today),
        waits_days=waits_days(entry, now=now),
        sex=profile.sex if profile else "",
        dialect=profile.dialect if profile else "",
        age_years=age_on(birth_on, today) if birth_on else 0,
    )
