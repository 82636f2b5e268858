"""
Public holidays and make-up working days of mainland China: a hint beside a day, never a reason to refuse.

The State Council names them a year at a time; the package `chinesecalendar` knows them then, and
`PublicDay` rows say what it does not know yet, or has wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import chinese_calendar
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scheduling.models import City, PublicDay, PublicDayKind
from scheduling.timetable import days_from

# Hong Kong, Macau and Taipei have holidays of their own.
MAINLAND_ZONES = frozenset(
    {
        "Asia/Shanghai",
        "Asia/Urumqi",
        "Asia/Chongqing",
        "Asia/Chungking",
        "Asia/Harbin",
        "Asia/Kashgar",
        "PRC",
    }
)
BADGES: dict[str, str] = {PublicDayKind.HOLIDAY: "next", PublicDayKind.WORKDAY: "wait"}


@dataclass(frozen=True)
class DayHint:
    """What is special about a day. `kind` is of PublicDayKind, or "" where nobody knows the year yet."""

    on: date
    kind: str
    name: str

    @property
    def words(self) -> str:
        """The hint in the reader's language."""
        if not self.kind:
            return _("Public holidays not known yet")
        if self.kind == PublicDayKind.WORKDAY:
            return _("Working day (%(name)s)") % {"name": self.name} if self.name else _("Working day")
        return self.name or _("Public holiday")

    @property
    def badge(self) -> str:
        """The badge kind of the design."""
        return BADGES.get(self.kind, "idle")


def has_public_days(city: City) -> bool:
    """Return whether the holidays of mainland China are those of the city."""
    return city.timezone in MAINLAND_ZONES


def hints_for(days: Iterable[date], *, cities: Iterable[City]) -> dict[date, DayHint]:
    """
    Return the hint of each day that has one, when one of the cities lies in mainland China.

    An ordinary day has none; a day of a year that is not known has one that says so. One query.
    """
    days = list(days)
    if not days or not any(has_public_days(city) for city in cities):
        return {}
    rows = {row.on: row for row in PublicDay.objects.filter(on__range=(min(days), max(days)))}
    hints = (_hint_of_row(rows[on]) if on in rows else known_hint(on) for on in days)
    return {hint.on: hint for hint in hints if hint is not None}


def hints_between(from_on: date, to_on: date, *, cities: Iterable[City]) -> dict[date, DayHint]:
    """Return `hints_for` all days from the first to the last, both included."""
    return hints_for(days_from(from_on, count=max(0, (to_on - from_on).days + 1)), cities=cities)


def known_hint(on: date) -> DayHint | None:
    """Return what the package knows of the day: None for an ordinary one. No query."""
    try:
        is_off, name = chinese_calendar.get_holiday_detail(on)
    except NotImplementedError:
        return DayHint(on, "", "")
    if name is None:
        return None
    return DayHint(on, PublicDayKind.HOLIDAY if is_off else PublicDayKind.WORKDAY, _name_of(name))


def _name_of(name: str) -> str:
    """Return the package's English name in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    return chinese_calendar.Holiday(name).chinese if is_chinese else name


def _hint_of_row(row: PublicDay) -> DayHint | None:
    if row.kind == PublicDayKind.ORDINARY:
        return None
    is_chinese = (get_language() or "").startswith("zh")
    return DayHint(row.on, row.kind, row.name_zh if is_chinese else row.name)


def unknown_years(hints: Iterable[DayHint]) -> list[int]:
    """Return the years of which nobody knows the holidays yet."""
    return sorted({hint.on.year for hint in hints if not hint.kind})
