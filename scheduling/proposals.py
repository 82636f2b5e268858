"""Proposals: whom of the board the system would bring together, and why, in words. Rules: R-16, R-17."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import Profile
from accounts.people import age_on
from scheduling.models import Availability, BoardEntry, DayPart, Pair
from scheduling.planner import Candidate, Proposal, Time, propose
from scheduling.quotas import kept_quotas
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
    time. A constant number of queries; only of those shown are whole entries read.
    """
    today = local_today(own, now=now)
    pool = _pool(own, today=today, now=now)
    if not pool:
        return []
    profile: Profile | None = getattr(own.person, "profile", None)
    me = Candidate(
        number=own.person_id,
        city=own.city_id,
        times=times_of(own, today=today),
        waits_days=waits_days(own.waits_from, now=now),
        sex=profile.sex if profile else "",
        dialect=profile.dialect if profile else "",
        age_years=age_on(profile.birth_on, today) if profile and profile.birth_on else 0,
    )
    quotas = kept_quotas(own.project, today=today)
    found = propose(me, pool.values(), quotas=quotas, limit=SHOWN)
    entry_of = {candidate.number: pk for pk, candidate in pool.items()}
    entries = BoardEntry.objects.select_related("person", "city").prefetch_related("availabilities")
    shown = entries.in_bulk([entry_of[one.other.number] for one in found])
    return [Suggestion(shown[entry_of[one.other.number]], one, explain(one)) for one in found]


def _pool(own: BoardEntry, *, today: date, now: datetime) -> dict[int, Candidate]:
    """Return those who come into question by the number of their entry, of a full board the longest waiting."""
    before = Pair.objects.between(own.person_id, OuterRef("person")).filter(project=own.project)
    seen = entries_for(own.person, project=own.project, now=now).filter(~Exists(before), city=own.city)
    seen = with_times(seen, times=times_of(own, today=today), part="", today=today)
    told = (
        "pk",
        "person",
        "waits_from",
        *(f"person__profile__{name}" for name in ("sex", "dialect", "birth_on")),
    )
    rows = list(seen.prefetch_related(None).values_list(*told)[:POOL])
    times: dict[int, set[Time]] = {pk: set() for pk, *_rest in rows}
    coming = Availability.objects.filter(entry__in=list(times), on__gte=today).order_by()
    for pk, on, part in coming.values_list("entry", "on", "part"):
        times[pk].add((on, part))
    return {
        pk: Candidate(
            number=person,
            city=own.city_id,
            times=frozenset(times[pk]),
            waits_days=waits_days(waits_from, now=now),
            sex=sex or "",
            dialect=dialect or "",
            age_years=age_on(birth_on, today) if birth_on else 0,
        )
        for pk, person, waits_from, sex, dialect, birth_on in rows
    }


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


def waits_days(since: datetime, *, now: datetime) -> int:
    """Return for how many whole days somebody has looked for a partner."""
    return max(0, (now - since).days)
