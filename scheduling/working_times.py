"""When the staff can work, as they say themselves or a manager for them. Rule: R-19."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import (
    AvailabilityChange,
    AvailabilityEvent,
    DayException,
    DayKind,
    StaffTerms,
    StudioStaff,
    WorkingTime,
)
from scheduling.retries import retried
from scheduling.rota_values import Answers, SaidDays

# Longer ahead a person tells a new contract, not an absence; and nobody fills a page with a year of single days.
LONGEST_DAYS = 92
MOST_AHEAD = 60
MOST_HOURS = 60
MOST_PER_DAY, MOST_PER_WEEK = 3, 21

# (studio, weekday, part of the day)
Time = tuple[int, int, str]


class TimesRefused(ValidationError):
    """Codes: "not_staff", "studio", "hours", "limit", "range", "past", "too_long", "too_many"."""


def terms_of(person: User) -> StaffTerms:
    """Return the person's terms, those of somebody who has said nothing when there are none. Writes nothing."""
    return StaffTerms.objects.filter(person=person).first() or StaffTerms(person=person)


def lock_terms(person_ids: Iterable[int]) -> dict[int, StaffTerms]:
    """Lock the terms of the people by person, making those that are not there; the slots are locked before."""
    wanted = sorted(set(person_ids))
    StaffTerms.objects.bulk_create(
        [StaffTerms(person_id=person_id) for person_id in wanted], ignore_conflicts=True
    )
    rows = StaffTerms.objects.select_for_update(of=("self",), no_key=True).filter(person__in=wanted)
    return {terms.person_id: terms for terms in rows.order_by("person")}


@retried
@transaction.atomic
def set_week(
    person: User, *, times: Collection[Time], wished_hours: int, by: User, now: datetime
) -> StaffTerms:
    """
    Say when the person can work every week, and how many hours they wish.

    Shifts that they have stand. Raise TimesRefused: "not_staff" (works in no studio),
    "studio" (not one of theirs), "hours". Locks the person's terms. Rule: R-19.
    """
    studios = set(StudioStaff.objects.filter(person=person).values_list("studio_id", flat=True))
    if not studios:
        raise TimesRefused(_("They are on the staff of no studio yet."), code="not_staff")
    if not {studio for studio, _weekday, _part in times} <= studios:
        raise TimesRefused(_("Choose times of their own studios only."), code="studio")
    if not 1 <= wished_hours <= MOST_HOURS:
        raise TimesRefused(
            _("Write between 1 and %(most)d hours a week."), code="hours", params={"most": MOST_HOURS}
        )
    terms = lock_terms([person.pk])[person.pk]
    before = _week_of(person)
    old = {"times": sorted(before), "hours": terms.wished_hours}
    WorkingTime.objects.filter(person=person).delete()
    WorkingTime.objects.bulk_create(
        WorkingTime(person=person, studio_id=studio, weekday=weekday, part=part)
        for studio, weekday, part in sorted(set(times))
    )
    terms.wished_hours = wished_hours
    terms.told_at = terms.told_at or now
    terms.save(update_fields=["wished_hours", "told_at"])
    new = {"times": sorted(set(times)), "hours": wished_hours}
    _write_event(person, AvailabilityChange.WEEK, old=old, new=new, by=by, now=now)
    return terms


@retried
@transaction.atomic
def set_limits(
    person: User, *, per_day: int | None, per_week: int | None, by: User, now: datetime
) -> StaffTerms:
    """
    Set how many shifts a day and a week a rota may give the person at most; None: as their studio says.

    Raise TimesRefused(code="limit"). Locks the person's terms. Rule: R-19.
    """
    for figure, most in ((per_day, MOST_PER_DAY), (per_week, MOST_PER_WEEK)):
        if figure is not None and not 0 <= figure <= most:
            raise TimesRefused(
                _("At most %(day)d shifts a day and %(week)d a week."),
                code="limit",
                params={"day": MOST_PER_DAY, "week": MOST_PER_WEEK},
            )
    terms = lock_terms([person.pk])[person.pk]
    old = {"day": terms.max_shifts_per_day, "week": terms.max_shifts_per_week}
    terms.max_shifts_per_day, terms.max_shifts_per_week = per_day, per_week
    terms.save(update_fields=["max_shifts_per_day", "max_shifts_per_week"])
    new = {"day": per_day, "week": per_week}
    _write_event(person, AvailabilityChange.LIMITS, old=old, new=new, by=by, now=now)
    return terms


@retried
@transaction.atomic
def add_exception(
    person: User,
    *,
    kind: str,
    from_on: date,
    to_on: date,
    part: str,
    note: str,
    today: date,
    by: User,
    now: datetime,
) -> DayException:
    """
    Say that the person is away on these days (both included), or can come besides. What is said last holds.

    Shifts that they have stand. Raise TimesRefused: "range" (ends before it begins), "past"
    (over before `today`), "too_long", "too_many". Locks the person's terms. Rule: R-19.
    """
    if to_on < from_on:
        raise TimesRefused(_("The last day lies before the first. Choose a later one."), code="range")
    if to_on < today:
        raise TimesRefused(_("These days are over. Choose days to come."), code="past")
    if to_on - from_on >= timedelta(days=LONGEST_DAYS):
        raise TimesRefused(
            _("At most %(days)d days at once. Change the weekly times for longer."),
            code="too_long",
            params={"days": LONGEST_DAYS},
        )
    lock_terms([person.pk])
    if coming_exceptions(person, today=today).count() >= MOST_AHEAD:
        raise TimesRefused(
            _("There are %(most)d exceptions already. Take one back, or change the weekly times."),
            code="too_many",
            params={"most": MOST_AHEAD},
        )
    made = DayException.objects.create(
        person=person,
        kind=DayKind(kind),
        from_on=from_on,
        to_on=to_on,
        part=part,
        note=note.strip(),
        made_at=now,
    )
    _write_event(person, AvailabilityChange.ADDED, old={}, new=_facts_of(made), by=by, now=now)
    return made


@retried
@transaction.atomic
def remove_exception(exception: DayException, *, by: User, now: datetime) -> None:
    """Take the exception back; the weekly times hold again. Taken back twice is done once."""
    if DayException.objects.filter(pk=exception.pk).delete()[0]:
        old = _facts_of(exception)
        _write_event(exception.person, AvailabilityChange.REMOVED, old=old, new={}, by=by, now=now)


def coming_exceptions(person: User, *, today: date) -> QuerySet[DayException]:
    """Return the person's exceptions that are not over, the nearest first."""
    return DayException.objects.filter(person=person, to_on__gte=today).order_by("from_on", "pk")


def _week_of(person: User) -> set[Time]:
    return set(WorkingTime.objects.filter(person=person).values_list("studio_id", "weekday", "part"))


def _facts_of(exception: DayException) -> dict[str, str]:
    return {
        "kind": exception.kind,
        "from": exception.from_on.isoformat(),
        "to": exception.to_on.isoformat(),
        "part": exception.part,
    }


def _write_event(
    person: User, what: str, *, old: dict[str, Any], new: dict[str, Any], by: User, now: datetime
) -> None:
    AvailabilityEvent.objects.create(person=person, what=what, old=old, new=new, by=by, at=now)


def read_answers(
    person_ids: Collection[int], *, terms: dict[int, StaffTerms], from_on: date
) -> dict[int, Answers]:
    """Return what each person says of the days from `from_on` on. Two queries for any number of people."""
    weekly: defaultdict[int, set[Time]] = defaultdict(set)
    rows = WorkingTime.objects.filter(person__in=person_ids)
    for person_id, studio, weekday, part in rows.values_list("person_id", "studio_id", "weekday", "part"):
        weekly[person_id].add((studio, weekday, part))
    days: defaultdict[int, list[SaidDays]] = defaultdict(list)
    for person_id, said in _said_days(person_ids, from_on=from_on):
        days[person_id].append(said)
    return {
        person_id: Answers(
            is_told=person_id in terms and terms[person_id].told_at is not None,
            weekly=frozenset(weekly[person_id]),
            days=tuple(days[person_id]),
        )
        for person_id in person_ids
    }


def _said_days(person_ids: Collection[int], *, from_on: date) -> Iterator[tuple[int, SaidDays]]:
    rows = DayException.objects.filter(person__in=person_ids, to_on__gte=from_on).order_by("pk")
    for person_id, kind, first, last, part in rows.values_list(
        "person_id", "kind", "from_on", "to_on", "part"
    ):
        yield person_id, SaidDays(kind == DayKind.EXTRA, first, last, part)
