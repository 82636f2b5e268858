"""Managers' pages of people and projects."""

import pytest

from scheduling import qualifications
from scheduling.models import Project
from tests.factories import (
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_slot,
)
from tests.scheduling.desk import address_of, queries_of
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(clock):
    return make_project()


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
