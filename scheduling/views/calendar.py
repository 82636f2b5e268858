"""The managers' calendar: a week, a day or a month of slots; each cell opens its slot. Rules: R-18 to R-20."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import rota, timetable
from scheduling.calendar_cells import CellWriter
from scheduling.calendar_forms import CalendarForm
from scheduling.calendar_grid import (
    LACKING,
    Cell,
    Place,
    booths_of,
    count_days,
    day_grid,
    find_cells,
    month_days,
    week_grid,
)
from scheduling.models import City, PublicDayKind
from scheduling.public_days import DayHint, hints_for, unknown_years
from scheduling.timetable import STATE_KINDS, SlotState

BOOTHS_A_PAGE = 40
# What narrows the slots that are shown, not the booths.
CELL_FILTERS = ("state", "staff", "show")


@role_required(Role.MANAGER)
@require_safe
def calendar(request: PersonRequest) -> HttpResponse:
    """Show a week, a day or a month of slots: cities, their booths, and what each slot is."""
    now = timezone.now()
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    form = CalendarForm({"day": today.isoformat(), **request.GET.dict()})
    chosen = form.chosen()
    view = chosen.get("view", "week")
    on = chosen.get("day", today)
    context = {
        "form": form,
        "view": view,
        "views": [(name, label) for name, label in CalendarForm.VIEWS],
        "on": on,
        "today": today,
        "has_filter": any(name in chosen for name in ("city", "studio", "project", *CELL_FILTERS)),
        **_neighbours(view, on=on),
    }
    show = _show_month if view == "month" else _show_grid
    return show(request, context, chosen=chosen, now=now)


def _neighbours(view: str, *, on: date) -> dict[str, date]:
    """Return the day that the page before and the page after begin with."""
    if view == "month":
        first = on.replace(day=1)
        return {"earlier": (first - timedelta(days=1)).replace(day=1), "later": _next_month(first)}
    step = timedelta(days=1 if view == "day" else 7)
    return {"earlier": on - step, "later": on + step}


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _place(chosen: dict[str, Any]) -> Place:
    keys = {name: chosen[name].pk for name in ("city", "studio", "project") if name in chosen}
    return Place(keys.get("city"), keys.get("studio"), keys.get("project"), chosen.get("staff"))


def _show_month(
    request: PersonRequest, context: dict[str, Any], *, chosen: dict[str, Any], now: datetime
) -> HttpResponse:
    """Render a month in figures; each day leads to its page."""
    days = month_days(context["on"])
    counted = count_days(_place(chosen), days=days, now=now)
    hints = _hints(days, chosen=chosen)
    boxes = [(day, hints.get(day.on)) for day in counted]
    context |= {
        "days": days,
        "weeks": [boxes[at : at + 7] for at in range(0, len(boxes), 7)],
        "unknown_years": unknown_years(hints.values()),
    }
    return render(request, "scheduling/calendar_month.html", context)


def _show_grid(
    request: PersonRequest, context: dict[str, Any], *, chosen: dict[str, Any], now: datetime
) -> HttpResponse:
    """Render the booths against the days of a week or the times of a day."""
    on, is_day = context["on"], context["view"] == "day"
    days = [on] if is_day else timetable.days_from(timetable.week_start(on))
    place, hints = _place(chosen), _hints(days, chosen=chosen)
    page = Paginator(booths_of(place, days=days), BOOTHS_A_PAGE).get_page(request.GET.get("page"))
    booths = list(page.object_list)
    cells, blackouts = find_cells(booths, place=place, days=days, now=now, has_names=is_day)
    shown = [cell for cell in cells if _is_wanted(cell, chosen=chosen, hints=hints)]
    if is_day:
        times, cities = day_grid(booths, shown, on=on, blackouts=blackouts)
        context["times"] = times
    else:
        cities = week_grid(booths, shown, days=days, blackouts=blackouts)
    is_narrowed = any(name in chosen for name in CELL_FILTERS)
    context |= {
        "days": days,
        "heads": [(day, hints.get(day)) for day in days],
        "page_obj": page,
        "cities": CellWriter(has_names=is_day).write_grid(cities),
        "is_narrowed": is_narrowed,
        "is_empty": is_narrowed and not shown,
        "legend": [(STATE_KINDS[state], state.label) for state in SlotState],
        "short_count": rota.understaffed(now=now).count(),
        "conflict_count": sum(bool(cell.conflicts) for cell in cells),
        "unknown_years": unknown_years(hints.values()),
    }
    return render(request, "scheduling/calendar.html", context)


def _hints(days: list[date], *, chosen: dict[str, Any]) -> dict[date, DayHint]:
    cities = [chosen["city"]] if "city" in chosen else City.objects.all()
    return hints_for(days, cities=cities)


def _is_wanted(cell: Cell, *, chosen: dict[str, Any], hints: dict[date, DayHint]) -> bool:
    """Return whether the slot is one of those that were asked for."""
    if "state" in chosen and cell.cell.state != chosen["state"]:
        return False
    show = chosen.get("show")
    if show == "lacking":
        return cell.cell.state in LACKING
    if show == "conflicts":
        return bool(cell.conflicts)
    if show == "holidays":
        hint = hints.get(cell.local_start.date())
        return hint is not None and hint.kind == PublicDayKind.HOLIDAY
    return True
