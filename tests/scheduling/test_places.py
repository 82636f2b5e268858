"""The switch of booths, studios and projects."""

import pytest
from django.urls import reverse

from scheduling import places
from scheduling.conditions import BookingRefused, check_offered
from scheduling.locks import read_slot
from scheduling.models import Booth, Project, Studio
from tests.factories import NOW, make_booth, make_project, make_slot
from tests.scheduling.desk import address_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot(clock):
    return make_slot(project=make_project())


@pytest.mark.parametrize("kind", [Booth, Studio, Project])
def test_slot_is_offered_while_its_place_is_open(slot, kind):
    place = {Booth: slot.booth, Studio: slot.booth.studio, Project: slot.project}[kind]

    places.close_place(place, now=NOW)
    with pytest.raises(BookingRefused) as refused:
        check_offered(read_slot(slot.pk), now=NOW)
    places.open_place(place, now=NOW)

    assert refused.value.code == "closed"
    check_offered(read_slot(slot.pk), now=NOW)


def test_place_is_written_but_for_what_somebody_else_changed(slot):
    stale, studio = Studio.objects.get(), slot.booth.studio
    places.close_place(studio, now=NOW)

    stale.name = "New name"
    places.save_place(stale, fields=["name"], now=NOW)

    studio.refresh_from_db()
    assert (studio.name, studio.is_open) == ("New name", False)


def test_only_closing_costs_locks(slot, django_assert_num_queries):
    project = slot.project
    with django_assert_num_queries(4):  # a savepoint, the row, and writing it
        places.save_place(project, now=NOW)
    project.is_open = False
    with django_assert_num_queries(6):  # its booths and slots besides
        places.save_place(project, now=NOW)
    with django_assert_num_queries(4):
        places.save_place(project, now=NOW)


@pytest.mark.parametrize("kind", [Booth, Studio, Project])
def test_administration_closes_by_the_rule_and_keeps_the_figures(client_for, ada, slot, kind):
    place = kind.objects.get()
    address = reverse(f"admin:scheduling_{kind._meta.model_name}_change", args=[place.pk])
    browser = client_for(ada)
    form = browser.get(address).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    written = {
        name: value for name, value in shown.items() if value not in (None, False) and name != "is_open"
    }
    inline = {"booths-TOTAL_FORMS": "0", "booths-INITIAL_FORMS": "0"} if kind is Studio else {}

    answer = browser.post(address, written | inline)

    assert answer.status_code == 302
    after = kind.objects.get()
    assert (after.is_open, str(after)) == (False, str(place))


def test_administration_closes_no_booth_beside_its_studio(client_for, ada, slot):
    booth, studio = slot.booth, slot.booth.studio
    data = {"city": studio.city_id, "name": "New name", "address": "1", "is_open": "on"}
    row = {"booths-0-id": booth.pk, "booths-0-studio": studio.pk, "booths-0-name": booth.name}
    inline = {"booths-TOTAL_FORMS": "1", "booths-INITIAL_FORMS": "1"}

    answer = client_for(ada).post(
        reverse("admin:scheduling_studio_change", args=[studio.pk]), data | row | inline
    )

    booth.refresh_from_db()
    assert (answer.status_code, booth.is_open) == (302, True)


def test_studio_page_closes_and_its_limits_do_not(manager):
    studio = make_booth().studio
    data = {"city": studio.city_id, "name": studio.name, "address": "2"}

    assert manager.post(address_of("studio_edit", studio.pk), data).status_code == 302
    limits = {
        "rota-max_shifts_per_day": 3,
        "rota-max_shifts_per_week": 9,
        "rota-shift_pause_minutes": 0,
        "rota-travel_minutes": 30,
    }
    assert manager.post(address_of("studio_rota", studio.pk), limits).status_code == 302

    studio.refresh_from_db()
    assert (studio.is_open, studio.address, studio.max_shifts_per_day) == (False, "2", 3)
