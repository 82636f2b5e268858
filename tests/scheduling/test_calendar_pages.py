"""The managers' calendar: week, day and month, its filters, and what does not fit together."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Profile
from scheduling import blackouts, calendar_grid, places, rota, slots
from scheduling.calendar_grid import MonthDay, Place
from scheduling.conflicts import Conflict
from scheduling.models import PublicDay, Shift, Slot
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booth,
    make_city,
    make_pair,
    make_project,
    make_shift,
    make_slot,
)
from tests.scheduling.desk import address_of, queries_of
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db

CALENDAR = reverse("scheduling:calendar")
ON = date(2026, 3, 5)
VIEWS = ["week", "day", "month"]


@pytest.fixture
def project(clock):
    return make_project()


@pytest.fixture
def manager(client_for, mara, clock):
    """mara's browser."""
    return client_for(mara)


def conflicts_of(answer):
    rows = [row for _city, rows in answer.context["cities"] for row, _shown in rows]
    cells = [cell for row in rows for box in row.boxes for cell in box.cells]
    return {cell.cell.slot.pk: list(cell.conflicts) for cell in cells if cell.conflicts}


@pytest.mark.parametrize("view", VIEWS)
def test_calendar_stands_empty_in_every_view(manager, view):
    assert manager.get(CALENDAR, {"view": view}).status_code == 200


def test_day_shows_who_comes_and_who_works(manager, lin, mei, oskar, mara, project):
    slot = make_slot(project=project, staff=1)
    make_shift(slot, person=oskar, by=mara)
    make_live_booking(slot, make_pair(lin, mei, project=project))

    answer = manager.get(CALENDAR, {"view": "day", "day": "2026-03-05"})

    text = answer.content.decode()
    assert [at.hour for at in answer.context["times"]] == [9]
    assert "林小雨 · 梅朵" in text
    assert "欧" in text
    assert "No slots on this day." in manager.get(CALENDAR, {"view": "day"}).content.decode()


def test_cells_escape_what_people_are_called(manager, lin, mei, oskar, mara, project):
    slot = make_slot(project=project, staff=1)
    make_shift(slot, person=oskar, by=mara)
    make_live_booking(slot, make_pair(lin, mei, project=project))
    Profile.objects.filter(user__in=[lin, oskar]).update(name="<b>Bo & Co</b>")

    text = manager.get(CALENDAR, {"view": "day", "day": "2026-03-05"}).content.decode()

    assert "<b>Bo" not in text.partition("</thead>")[2]
    assert text.count("&lt;b&gt;Bo &amp; Co&lt;/b&gt;") >= 2


def test_week_reads_nobodys_profile(manager, lin, mei, project):
    make_live_booking(make_slot(project=project), make_pair(lin, mei, project=project))

    with CaptureQueriesContext(connection) as queries:
        manager.get(CALENDAR, {"day": "2026-03-05"})

    # The one list of names is the filter by staff.
    assert sum("accounts_profile" in query["sql"] for query in queries) == 1


def test_month_counts_each_day_in_the_citys_time(manager, lin, mei, mara, project):
    booked = make_slot(project=project)
    make_live_booking(booked, make_pair(lin, mei, project=project))
    rota.withdraw_shift(booked.shifts.first(), by=mara, now=NOW, reason="ill")
    make_slot(project=project)
    make_slot(project=project, staff=0)
    west = make_booth(city=make_city(name="Honolulu", name_zh="檀香山", timezone="Pacific/Honolulu"))
    # Thursday 20:00 there, Friday in UTC.
    make_slot(project=project, booth=west, starts_at=THURSDAY_MORNING + timedelta(hours=29), staff=0)
    slots.close_slot(make_slot(project=project, staff=0), by=mara, now=NOW, reason="x")

    days = calendar_grid.count_days(Place(), days=[date(2026, 3, 4), ON, date(2026, 3, 6)], now=NOW)

    assert days[1] == MonthDay(ON, open=4, booked=1, free=1, unstaffed=2, short=1)
    assert [day.open for day in days] == [0, 4, 0]
    text = manager.get(CALENDAR, {"view": "month"}).content.decode()
    assert "1 of 4 booked" in text
    assert "day=2026-03-05" in text


@pytest.mark.parametrize(
    ("on", "count", "first", "last"),
    [
        (date(2026, 3, 17), 42, date(2026, 2, 23), date(2026, 4, 5)),
        (date(2027, 2, 1), 28, date(2027, 2, 1), date(2027, 2, 28)),
    ],
)
def test_month_days_are_whole_weeks(on, count, first, last):
    days = calendar_grid.month_days(on)

    assert (len(days), days[0], days[-1]) == (count, first, last)


# --- filters ---


def test_calendar_filters_slots(manager, oskar, mara, project):
    free, lacking = make_slot(project=project), make_slot(project=project, staff=0)
    make_shift(lacking, person=oskar, by=mara)
    other = make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    PublicDay.objects.create(on=date(2026, 3, 6), kind="holiday")

    def shown(**chosen):
        text = manager.get(CALENDAR, chosen).content.decode()
        return [slot for slot in (free, lacking, other) if address_of("slot_edit", slot.pk) in text]

    assert shown() == [free, lacking, other]
    assert shown(state="free") == [free, other]
    assert shown(show="lacking") == [lacking]
    assert shown(show="holidays") == [other]
    assert shown(staff=oskar.pk) == [lacking]
    assert shown(studio=free.booth.studio_id) == [free]
    assert "No slot is like that" in manager.get(CALENDAR, {"state": "done"}).content.decode()


# --- conflicts ---


def test_conflicts_are_named_in_words(manager, lin, mei, mara, project):
    slot = make_slot(project=project)
    make_live_booking(slot, make_pair(lin, mei, project=project))
    rota.withdraw_shift(slot.shifts.first(), by=mara, now=NOW, reason="ill")
    blackouts.declare_blackout(
        slot.booth, from_on=ON, to_on=ON, reason="装修", closes_free=True, by=mara, now=NOW
    )
    places.close_place(slot.booth, now=NOW)
    make_slot(project=project)

    answer = manager.get(CALENDAR, {"show": "conflicts"})

    assert conflicts_of(answer) == {slot.pk: [Conflict.SHORT, Conflict.CLOSED, Conflict.BLACKOUT]}
    text = answer.content.decode()
    for words in ("Booked, staff missing", "Booked in a closed booth", "In a blackout", "装修"):
        assert words in text
    assert "1 slot of these days has a conflict." in manager.get(CALENDAR).content.decode()


def test_conflicts_find_slots_too_near_and_people_in_two_places(manager, oskar, mara, project):
    one = make_slot(project=project, staff=0)
    near = make_slot(
        project=project, booth=one.booth, starts_at=THURSDAY_MORNING + timedelta(hours=4), staff=0
    )
    elsewhere = make_slot(project=project, staff=0)
    # Neither can be made by the rules: somebody wrote past them.
    Slot.objects.filter(pk=near.pk).update(starts_at=one.ends_at, ends_at=one.ends_at + timedelta(hours=3))
    for slot in (one, elsewhere):
        Shift.objects.create(slot=slot, person=oskar)

    assert conflicts_of(manager.get(CALENDAR)) == {
        one.pk: [Conflict.OVERLAP, Conflict.DOUBLE],
        near.pk: [Conflict.OVERLAP],
        elsewhere.pk: [Conflict.DOUBLE],
    }


def test_a_day_that_is_over_has_no_conflicts(manager, clock, mara, project):
    slot = make_slot(project=project, staff=0)
    blackouts.declare_blackout(
        slot.booth, from_on=ON, to_on=ON, reason="x", closes_free=False, by=mara, now=NOW
    )
    assert conflicts_of(manager.get(CALENDAR)) == {slot.pk: [Conflict.BLACKOUT]}

    clock.move_to(slot.ends_at)

    assert conflicts_of(manager.get(CALENDAR)) == {}


@pytest.mark.parametrize("view", VIEWS)
def test_calendar_costs_the_same_for_one_and_three_booths(manager, mara, lin, mei, project, view):
    make_live_booking(make_slot(project=project), make_pair(lin, mei, project=project))
    blackouts.declare_blackout(
        None, from_on=ON, to_on=ON, reason="x", closes_free=False, by=mara, now=NOW - timedelta(days=1)
    )
    address = f"{CALENDAR}?view={view}&day=2026-03-05"
    one = queries_of(manager, address)
    blackout = blackouts.Blackout.objects.get()
    blackouts.lift_blackout(blackout, by=mara, now=NOW)
    for _number in range(2):
        make_slot(project=project)
    blackouts.declare_blackout(None, from_on=ON, to_on=ON, reason="x", closes_free=False, by=mara, now=NOW)

    assert queries_of(manager, address) == one


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("view", VIEWS)
def test_calendar_shows_today_for_a_day_beyond_all_plans(manager, project, view, day):
    page = manager.get(CALENDAR, {"view": view, "day": day})

    assert (page.status_code, page.context["on"]) == (200, NOW.date())
