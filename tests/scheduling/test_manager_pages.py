"""Managers' pages: who may see them, the calendar, one slot, the rota."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Role
from scheduling import rota, slots
from scheduling.models import ShiftStatus, Slot, StudioStaff
from tests.factories import (
    THURSDAY_MORNING,
    make_booth,
    make_city,
    make_pair,
    make_project,
    make_shift,
    make_slot,
    make_staff,
)
from tests.scheduling.desk import address_of, queries_of
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db

CALENDAR = reverse("scheduling:calendar")
PAGES = ["calendar", "rota", "template_list", "studio_list", "person_list", "project_list", "slot_new"]
PAGES += [
    "blackout_list",
    "blackout_new",
    "template_new",
    "template_publish",
    "studio_new",
    "city_new",
    "project_new",
]
CHANGES = [
    ("slot_close", 1),
    ("slot_open", 1),
    ("seat_take_back", 2),
    ("shift_new", 1),
    ("shift_withdraw", 2),
    ("move_request_new", 1),
    ("move_request_withdraw", 1),
    ("template_leave_out", 1),
    ("template_one_off", 1),
    ("exception_remove", 2),
    ("blackout_close", 1),
    ("blackout_lift", 1),
    ("booth_new", 1),
    ("booth_switch", 2),
    ("staff_new", 1),
    ("staff_remove", 2),
    ("qualification_move", 1),
]


@pytest.fixture
def project(clock):
    return make_project()


# --- who may ---


@pytest.mark.parametrize("name", PAGES)
def test_pages_send_visitors_to_sign_in_and_refuse_others(client_for, lin, oskar, name):
    assert Client().get(address_of(name)).status_code == 302
    assert client_for(lin).get(address_of(name)).status_code == 403
    assert client_for(oskar).get(address_of(name)).status_code == 403


@pytest.mark.parametrize(("name", "keys"), CHANGES)
def test_changes_are_for_managers_and_by_post(client_for, manager, lin, name, keys):
    address = address_of(name, *range(1, keys + 1))

    assert client_for(lin).post(address).status_code == 403
    assert manager.get(address).status_code == 405
    assert manager.post(address).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["slot_edit", "studio_edit", "qualification_edit", "template_edit", "template_end", "blackout_detail"],
)
def test_pages_of_what_does_not_exist_are_404(manager, name):
    assert manager.get(address_of(name, 999)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_pages_stand_empty_too(manager, name):
    assert manager.get(address_of(name)).status_code in {200, 422}


# --- calendar ---


def test_calendar_says_in_words_what_each_slot_is(manager, lin, mei, mara, project, now):
    booth = make_booth()
    make_slot(project=project, booth=booth, staff=1)
    free = make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=5))
    closed = make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=9), staff=0)
    slots.close_slot(closed, by=mara, now=now, reason="holiday")
    held = make_slot(project=project, starts_at=THURSDAY_MORNING)
    make_live_booking(held, make_pair(lin, mei, project=project))

    text = manager.get(CALENDAR).content.decode()

    assert text.count("cell-bad") == 1
    assert [text.count(f'week-cell-word">{word}<') for word in ("Needs staff", "Free", "Closed", "Held")] == [
        1,
        1,
        1,
        1,
    ]
    assert address_of("slot_edit", free.pk) in text


def test_calendar_shows_red_when_a_booked_slot_lacks_staff(manager, lin, mei, mara, project, now):
    slot = make_slot(project=project)
    make_live_booking(slot, make_pair(lin, mei, project=project))
    rota.withdraw_shift(slot.shifts.first(), by=mara, now=now, reason="ill")

    text = manager.get(CALENDAR).content.decode()

    assert "1 booked slot lacks staff." in text
    assert 'week-cell-word">Staff missing<' in text


def test_calendar_filters_by_city_project_and_week(manager, project):
    other = make_project(slug="other", name="Other")
    shanghai = make_city(name="Shanghai", name_zh="上海")
    here = make_slot(project=project, staff=0)
    there = make_slot(project=other, booth=make_booth(city=shanghai), staff=0)
    later = make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=7), staff=0)

    def shown(**choice):
        text = manager.get(CALENDAR, choice).content.decode()
        return [slot for slot in (here, there, later) if address_of("slot_edit", slot.pk) in text]

    assert shown() == [here, there]
    assert shown(city=shanghai.pk) == [there]
    assert shown(project=project.pk) == [here]
    assert shown(day="2026-03-12") == [later]
    assert shown(city="x", project="999", day="nonsense", staff="x", state="x", show="x", view="x") == [
        here,
        there,
    ]


@pytest.mark.parametrize("page", ["calendar", "rota"])
def test_weeks_cost_the_same_for_one_and_three_booths(manager, project, page):
    make_slot(project=project)
    one = queries_of(manager, address_of(page))
    for _number in range(2):
        make_slot(project=project)

    assert queries_of(manager, address_of(page)) == one


# --- one slot ---


def test_slot_edit_shows_booking_rota_and_history(manager, lin, mei, mara, project):
    slot = make_slot(project=project, staff=1)
    make_live_booking(slot, make_pair(lin, mei, project=project))
    free, taken = make_staff(Role.OPERATOR, name="闲"), make_staff(Role.OPERATOR, name="忙")
    for person in (free, taken):
        StudioStaff.objects.create(studio=slot.booth.studio, person=person)
    make_shift(make_slot(project=project, staff=0), person=taken, by=mara)

    text = manager.get(address_of("slot_edit", slot.pk)).content.decode()

    assert "Thursday 5 March, 09:00–12:00" in text
    assert "林小雨" in text
    assert "1 of 2 staff" in text
    assert f'name="person" value="{free.pk}"' in text
    assert f'name="person" value="{taken.pk}"' not in text
    assert "Somewhere else at that time: 忙 (On another rota then)" in text


def test_slot_edit_never_says_maybe(manager, project):
    text = manager.get(address_of("slot_edit", make_slot(project=project).pk)).content.decode()

    assert "maybe" not in text


def test_slot_names_its_start_in_local_time(project):
    slot = make_slot(project=project, starts_at=THURSDAY_MORNING)

    assert str(Slot.objects.get(pk=slot.pk)) == f"{slot.booth_id} 2026-03-05 09:00"


def test_slot_edit_costs_the_same_for_one_and_three_shifts(manager, mara, project):
    slot = make_slot(project=project, staff=1)
    one = queries_of(manager, address_of("slot_edit", slot.pk))
    for _number in range(2):
        make_shift(slot, by=mara)

    assert queries_of(manager, address_of("slot_edit", slot.pk)) == one


def test_shift_new_and_withdraw_change_the_rota(manager, oskar, project):
    slot = make_slot(project=project, staff=0)
    StudioStaff.objects.create(studio=slot.booth.studio, person=oskar)

    manager.post(address_of("shift_new", slot.pk), {"person": oskar.pk})
    shift = slot.shifts.get()
    assert shift.person == oskar
    manager.post(address_of("shift_withdraw", slot.pk, shift.pk), {"reason": "ill"})

    shift.refresh_from_db()
    assert shift.status == ShiftStatus.WITHDRAWN
    assert shift.events.order_by("pk").last().reason == "ill"


def test_shift_new_says_why_it_is_refused(manager, oskar, project):
    slot = make_slot(project=project, staff=0)

    answer = manager.post(address_of("shift_new", slot.pk), {"person": oskar.pk}, follow=True)
    assert "not on the staff of this studio" in answer.content.decode()
    answer = manager.post(address_of("shift_new", slot.pk), {"person": "x"}, follow=True)
    assert "Choose a person first." in answer.content.decode()


def test_shift_withdraw_warns_when_a_booked_slot_is_left_short(manager, lin, mei, project):
    slot = make_slot(project=project)
    make_live_booking(slot, make_pair(lin, mei, project=project))

    answer = manager.post(address_of("shift_withdraw", slot.pk, slot.shifts.first().pk), follow=True)

    assert "now lacks staff" in answer.content.decode()


def test_shift_of_another_slot_is_404(manager, project):
    slot, other = make_slot(project=project), make_slot(project=project)

    answer = manager.post(address_of("shift_withdraw", slot.pk, other.shifts.first().pk))

    assert answer.status_code == 404


def test_slot_close_and_open(manager, project):
    slot = make_slot(project=project)

    assert "Write the reason" in manager.post(address_of("slot_close", slot.pk), follow=True).content.decode()
    manager.post(address_of("slot_close", slot.pk), {"reason": "holiday"})
    assert Slot.objects.get().status == "closed"
    manager.post(address_of("slot_open", slot.pk))
    assert Slot.objects.get().status == "open"


def test_slot_new_makes_a_slot_in_the_citys_time(manager, project):
    booth = make_booth()
    data = {"project": project.pk, "booth": booth.pk, "on": "2026-03-05", "starts_time": "09:00"}

    answer = manager.post(address_of("slot_new"), data)

    slot = Slot.objects.get()
    assert answer["Location"] == address_of("slot_edit", slot.pk)
    assert slot.starts_at == THURSDAY_MORNING
    again = manager.post(address_of("slot_new"), data)
    assert again.status_code == 422
    assert "too near" in again.content.decode()
    assert manager.post(address_of("slot_new"), {"on": "x"}).status_code == 422


# --- rota and shifts ---


def test_rota_shows_gaps_first_booked_ones_before_all(manager, lin, mei, mara, project, now):
    make_slot(project=project, starts_at=THURSDAY_MORNING - timedelta(days=1), staff=0)
    booked = make_slot(project=project)
    make_live_booking(booked, make_pair(lin, mei, project=project))
    rota.withdraw_shift(booked.shifts.first(), by=mara, now=now, reason="ill")

    answer = manager.get(address_of("rota"))

    assert next(iter(answer.context["gaps"])).slot == booked
    assert "2 open, 1 of them booked" in answer.content.decode()


def test_shift_list_shows_an_operator_their_own_and_no_other(client_for, oskar, mara, project, clock):
    mine = make_slot(project=project, staff=0)
    make_shift(mine, person=oskar, by=mara)
    make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=1))

    answer = client_for(oskar).get(address_of("shift_list"))
    assert [cell.slot for cell in answer.context["cells"]] == [mine]

    clock.move_to(mine.ends_at)
    assert client_for(oskar).get(address_of("shift_list")).context["cells"] == []
    past = client_for(oskar).get(address_of("shift_list"), {"past": ""})
    assert [cell.slot for cell in past.context["cells"]] == [mine]


def test_shift_list_is_for_operators(client_for, lin, mara):
    assert Client().get(address_of("shift_list")).status_code == 302
    assert client_for(lin).get(address_of("shift_list")).status_code == 403
    assert client_for(mara).get(address_of("shift_list")).status_code == 403


def test_shift_list_costs_the_same_for_one_and_three(client_for, oskar, mara, project):
    counts = []
    for days in ([0], [1, 2]):
        for day in days:
            slot = make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=day), staff=0)
            make_shift(slot, person=oskar, by=mara)
        counts.append(queries_of(client_for(oskar), address_of("shift_list")))

    assert counts[0] == counts[1]
