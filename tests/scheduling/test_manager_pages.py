"""Managers' pages of slots, rota, weekly templates, places, people and projects."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import Role
from scheduling import qualifications, rota, slots
from scheduling.models import Booth, City, Project, ShiftStatus, Slot, SlotTemplate, Studio, StudioStaff
from tests.factories import (
    THURSDAY_MORNING,
    make_booth,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_shift,
    make_slot,
    make_staff,
)
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


def address_of(name, *args):
    return reverse(f"scheduling:{name}", args=args)


@pytest.fixture
def project(clock):
    return make_project()


@pytest.fixture
def manager(client_for, mara, clock):
    """mara's browser."""
    return client_for(mara)


def queries_of(browser, address):
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


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
    assert [text.count(f'week-cell-word">{word}<') for word in ("No staff", "Free", "Closed", "Held")] == [
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


# --- weekly templates ---


def template_data(project, booth, **changes):
    data = {"project": project.pk, "booth": booth.pk, "weekdays": ["0", "3"], "times": "09:00 14:00"}
    return {**data, "valid_from": "2026-03-02", "valid_to": "", **changes}


def test_template_new_makes_every_day_at_every_time(manager, project):
    booth = make_booth()

    answer = manager.post(address_of("template_new"), template_data(project, booth))

    assert answer["Location"] == address_of("template_list")
    assert list(SlotTemplate.objects.order_by("pk").values_list("weekday", "starts_time")) == [
        (0, time(9)),
        (0, time(14)),
        (3, time(9)),
        (3, time(14)),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        {"times": "9 o'clock"},
        {"times": "09:10"},
        {"times": "09:00 11:00"},
        {"weekdays": []},
        {"weekdays": ["8"]},
    ],
)
def test_template_new_makes_all_or_nothing(manager, project, bad):
    answer = manager.post(address_of("template_new"), template_data(project, make_booth(), **bad))

    assert answer.status_code == 422
    assert SlotTemplate.objects.count() == 0


def test_template_publish_shows_first_and_makes_then(manager, project):
    manager.post(address_of("template_new"), template_data(project, make_booth()))
    days = {"project": project.pk, "from_on": "2026-03-02", "to_on": "2026-03-08"}

    preview = manager.get(address_of("template_publish"), days)

    # Monday 09:00 is past at ten o'clock.
    assert (preview.context["new_count"], Slot.objects.count()) == (3, 0)
    assert "Publish 3 slots" in preview.content.decode()
    shown = {**days, "shown": preview.context["shown"]}
    assert manager.post(address_of("template_publish"), shown)["Location"] == f"{CALENDAR}?day=2026-03-02"
    assert Slot.objects.count() == 3
    again = manager.get(address_of("template_publish"), days)
    assert (again.context["new_count"], again.context["exists_count"]) == (0, 3)


@pytest.mark.parametrize("to_on", ["2026-03-01", "2026-12-31", "x"])
def test_template_publish_refuses_bad_days(manager, project, to_on):
    days = {"project": project.pk, "from_on": "2026-03-02", "to_on": to_on}

    assert manager.get(address_of("template_publish"), days).status_code == 422
    assert manager.post(address_of("template_publish"), days).status_code == 422


def test_template_list_costs_the_same_for_one_and_three(manager, project):
    counts = []
    for number in (1, 2):
        for _number in range(number):
            slots.create_template(
                project, booth=make_booth(), weekday=0, starts_time=time(9), valid_from=date(2026, 3, 2)
            )
        counts.append(queries_of(manager, address_of("template_list")))

    assert counts[0] == counts[1]


# --- places ---


def test_places_are_made_from_city_to_staff(manager, oskar):
    manager.post(
        address_of("city_new"),
        {"name": "Nanjing", "name_zh": "南京", "slug": "nanjing", "timezone": "Asia/Shanghai"},
    )
    city = City.objects.get()
    manager.post(
        address_of("studio_new"), {"city": city.pk, "name": "Xuanwu", "address": "1", "is_open": "on"}
    )
    studio = Studio.objects.get()
    manager.post(address_of("booth_new", studio.pk), {"booth-name": "Booth 1"})
    booth = Booth.objects.get()
    manager.post(address_of("staff_new", studio.pk), {"person": oskar.pk})

    assert (booth.studio, booth.is_open) == (studio, True)
    assert StudioStaff.objects.get().person == oskar
    text = manager.get(address_of("studio_edit", studio.pk)).content.decode()
    assert "Booth 1" in text
    assert "欧" in text
    manager.post(address_of("booth_switch", studio.pk, booth.pk))
    manager.post(address_of("staff_remove", studio.pk, StudioStaff.objects.get().pk))
    booth.refresh_from_db()
    assert (booth.is_open, StudioStaff.objects.count()) == (False, 0)


@pytest.mark.parametrize(
    ("zone", "status"), [("Mars/Base", 422), ("Asia/Kathmandu", 422), ("Asia/Tokyo", 302)]
)
def test_city_new_takes_zones_on_the_half_hour_grid(manager, zone, status):
    data = {"name": "City", "name_zh": "市", "slug": "city", "timezone": zone}

    assert manager.post(address_of("city_new"), data).status_code == status


def test_studio_edit_refuses_bad_input_and_booths_of_one_name(manager):
    booth = make_booth(name="Booth 1")
    studio = booth.studio

    assert manager.post(address_of("studio_edit", studio.pk), {"name": ""}).status_code == 422
    answer = manager.post(address_of("booth_new", studio.pk), {"booth-name": "Booth 1"}, follow=True)
    assert "has a booth of that name" in answer.content.decode()
    answer = manager.post(address_of("staff_new", studio.pk), {"person": "7"}, follow=True)
    assert "Choose an operator first." in answer.content.decode()
    assert Booth.objects.count() == 1


def test_studio_edit_saves(manager):
    studio = make_booth().studio
    data = {"city": studio.city_id, "name": "New name", "address": "2", "map_url": "https://map.example/2"}

    assert manager.post(address_of("studio_edit", studio.pk), data).status_code == 302
    studio.refresh_from_db()
    assert (studio.name, studio.is_open) == ("New name", False)


def test_studio_list_costs_the_same_for_one_and_three(manager):
    make_booth()
    one = queries_of(manager, address_of("studio_list"))
    make_booth()
    make_booth()

    assert queries_of(manager, address_of("studio_list")) == one


# --- people ---


@pytest.fixture
def crowd(lin, mei, stranger, mara, project, now):
    """lin and mei are a pair, a third is qualified, a fourth suspended, the stranger is new."""
    make_pair(lin, mei, project=project)
    third, fourth = make_person("第三人"), make_person("第四人")
    make_qualified(third, project=project)
    suspended = make_qualified(fourth, project=project)
    qualifications.suspend_qualification(suspended, by=mara, now=now, reason="no-shows")
    return {"third": third, "fourth": fourth}


def people_on(answer):
    return {row.person for row in answer.context["rows"]}


def test_person_list_shows_participants_by_stage(manager, crowd, lin, mei, stranger, mara):
    def at(stage):
        return people_on(manager.get(address_of("person_list"), {"stage": stage}))

    assert at("") == {lin, mei, stranger, *crowd.values()}
    assert at("new") == {stranger}
    assert at("qualified") == {crowd["third"]}
    assert at("paired") == {lin, mei}
    assert at("booked") == set()
    assert at("suspended") == {crowd["fourth"]}
    assert at("nonsense") == at("")


def test_person_list_shows_who_is_booked(manager, lin, mei, project):
    make_live_booking(make_slot(project=project), make_pair(lin, mei, project=project))

    answer = manager.get(address_of("person_list"), {"stage": "booked"})

    assert people_on(answer) == {lin, mei}


def test_person_list_finds_by_name_pseudonym_and_full_phone(manager, crowd, lin, stranger):
    def found(text):
        return people_on(manager.post(address_of("person_list"), {"text": text}))

    assert found("小雨") == {lin}
    assert found(lin.pseudonym.lower()) == {lin}
    assert found(lin.phone) == {lin}
    assert found(lin.phone.removeprefix("+86")) == {lin}
    assert found(lin.phone[-8:]) == set()
    assert found("没有这个人") == set()


def test_person_list_costs_the_same_for_one_and_three(manager, lin, project):
    make_qualified(lin, project=project)
    one = queries_of(manager, address_of("person_list"))
    for name in ("第三人", "第四人"):
        make_qualified(make_person(name), project=project)

    assert queries_of(manager, address_of("person_list")) == one


def test_qualification_moves_with_its_reason(manager, crowd):
    qualification = crowd["third"].qualifications.get()
    address = address_of("qualification_move", qualification.pk)

    answer = manager.post(address, {"verb": "suspend", "reason": ""}, follow=True)
    assert "Write the reason" in answer.content.decode()
    manager.post(address, {"verb": "suspend", "reason": "too loud"})

    qualification.refresh_from_db()
    assert qualification.status == "suspended"
    text = manager.get(address_of("qualification_edit", qualification.pk)).content.decode()
    assert "too loud" in text
    assert 'value="restore"' in text
    assert 'value="suspend"' not in text
    assert manager.post(address, {"verb": "delete", "reason": "x"}).status_code == 404


# --- projects ---


def project_data(manager, project, **changes):
    form = manager.get(address_of("project_edit", project.slug)).context["form"]
    data = {}
    for field in form:
        value = (
            field.field.prepare_value(field.initial)
            if hasattr(field.field, "prepare_value")
            else field.value()
        )
        if value not in (None, False):
            data[field.name] = "on" if value is True else value
    return {**data, **changes}


def test_project_edit_shows_every_figure_with_its_rule(manager, project):
    answer = manager.get(address_of("project_edit", project.slug))

    shown = {field.name for _title, fields in answer.context["form"].groups() for field in fields}
    own = {field.name for field in Project._meta.get_fields() if field.concrete}
    assert shown == own - {"id", "created_at"}
    assert "R-36" in answer.content.decode()


def test_project_edit_keeps_money_in_fen_and_hours_as_a_list(manager, project):
    data = project_data(manager, project, rate_fen="350.50", reminder_hours="3, 72", min_staff="3")

    answer = manager.post(address_of("project_edit", project.slug), data)

    assert answer.status_code == 302
    project.refresh_from_db()
    assert (project.rate_fen, project.reminder_hours, project.min_staff) == (35050, [72, 3], 3)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("votes_to_decide", "4"),
        ("sample_min_s", "181"),
        ("min_staff", "0"),
        ("slot_minutes", "100"),
        ("reminder_hours", "soon"),
        ("rate_fen", "0.001"),
        ("share_min_percent", "66"),
        ("consent_scopes", ["everything"]),
    ],
)
def test_project_edit_refuses_figures_that_contradict(manager, project, field, value):
    data = project_data(manager, project, **{field: value})

    answer = manager.post(address_of("project_edit", project.slug), data)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_project_new_makes_one_with_the_figures_of_the_rules(manager, project):
    data = project_data(manager, project, name="Second", slug="second")

    assert manager.post(address_of("project_new"), data).status_code == 302
    assert Project.objects.get(slug="second").rate_fen == 30000


def test_project_edit_of_no_known_project_is_404(manager, project):
    assert manager.get(address_of("project_edit", "nothing")).status_code == 404
