"""Managers' pages of weekly templates, cities, studios and booths."""

from datetime import date, time

import pytest

from scheduling import slots
from scheduling.models import Booth, City, Slot, SlotTemplate, Studio, StudioStaff
from tests.factories import (
    make_booth,
    make_project,
)
from tests.scheduling.desk import address_of, queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(clock):
    return make_project()


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
    assert (
        manager.post(address_of("template_publish"), shown)["Location"]
        == f"{address_of('calendar')}?day=2026-03-02"
    )
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
