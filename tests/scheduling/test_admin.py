"""The administration of scheduling: everything is found, nothing is changed past the rules."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from scheduling import rota
from scheduling.models import Project, Qualification, Slot
from tests.factories import make_booth, make_pair, make_project, make_slot
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db

MODELS = sorted(apps.get_app_config("scheduling").get_models(), key=lambda model: model._meta.model_name)
# Places, public holidays and projects are plain facts that administrators may write; all else is written by rules.
WRITABLE = {"project", "publicday", "city", "studio", "booth", "studiostaff"}


@pytest.fixture
def filled(lin, mei, clock):
    """A little of everything."""
    project = make_project()
    pair = make_pair(lin, mei, project=project)
    make_live_booking(make_slot(project=project, booth=make_booth()), pair)
    return pair


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_admin_lists_and_searches_every_model(client_for, ada, filled, model):
    address = reverse(f"admin:scheduling_{model._meta.model_name}_changelist")
    browser = client_for(ada)

    assert browser.get(address).status_code == 200
    assert browser.get(address, {"q": "7"}).status_code == 200
    row = model.objects.first()
    if row is not None:
        change = reverse(f"admin:scheduling_{model._meta.model_name}_change", args=[row.pk])
        assert browser.get(change).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_admin_changes_only_plain_facts(rf, ada, model):
    request = rf.get("/")
    request.user = ada
    site = admin.site._registry[model]

    assert site.has_change_permission(request) is (model._meta.model_name in WRITABLE)
    assert site.has_add_permission(request) is (model._meta.model_name in WRITABLE)


@pytest.mark.parametrize("role", ["mara", "oskar", "fang"])
def test_admin_is_closed_to_other_staff(request, client_for, role):
    browser = client_for(request.getfixturevalue(role))

    assert browser.get(reverse("admin:scheduling_slot_changelist")).status_code in {302, 403}


def act(browser, name, action, *rows):
    address = reverse(f"admin:scheduling_{name}_changelist")
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return browser.post(address, data, follow=True).content.decode()


def test_admin_action_closes_slots_through_the_rule(client_for, ada, filled, mara):
    booked = Slot.objects.get()
    free = make_slot(project=booked.project, booth=make_booth())

    text = act(client_for(ada), "slot", "close_slots", booked, free)

    assert dict(Slot.objects.values_list("pk", "status")) == {booked.pk: "open", free.pk: "closed"}
    assert rota.staff_counts([free]) == {free.pk: 0}
    assert "have this slot" in text
    assert "1 row is changed" in text
    act(client_for(ada), "slot", "open_slots", free)
    assert Slot.objects.get(pk=free.pk).status == "open"


def test_admin_action_suspends_and_restores_through_the_rule(client_for, ada, filled, lin):
    qualification = Qualification.objects.get(person=lin)

    act(client_for(ada), "qualification", "suspend_qualifications", qualification)
    act(client_for(ada), "qualification", "restore_qualifications", qualification)

    events = list(qualification.events.order_by("pk").values_list("new", "by"))
    assert events[1:] == [("suspended", ada.pk), ("active", ada.pk)]


def test_admin_action_does_not_end_a_pair_with_a_session_to_come(client_for, ada, filled):
    assert "session together" in act(client_for(ada), "pair", "end_pairs", filled)
    filled.refresh_from_db()
    assert filled.ended_at is None


def test_admin_shows_no_code_of_an_invitation(client_for, ada, filled):
    invitation = filled.invitations.get()

    text = client_for(ada).get(reverse("admin:scheduling_invitation_change", args=[invitation.pk]))

    assert invitation.code not in text.content.decode()


def test_admin_changes_a_project_but_not_its_money(client_for, ada):
    project = make_project(rate_fen=30000, show_up_fee_divisor=3)
    browser, address = client_for(ada), reverse("admin:scheduling_project_change", args=[project.pk])
    form = browser.get(address).context["adminform"].form
    assert {"rate_fen", "show_up_fee_divisor"}.isdisjoint(form.fields)
    data = {field.html_name: field.value() for field in form if field.value() not in (None, False)}

    answer = browser.post(address, data | {"name": "Trio", "rate_fen": "999", "show_up_fee_divisor": "1"})

    assert answer.status_code == 302
    project = Project.objects.get()
    assert (project.name, project.rate_fen, project.show_up_fee_divisor) == ("Trio", 30000, 3)
