"""Days at the ends of the calendar, typed by hand: refused with a word, never an error of ours."""

from datetime import date
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django import forms
from django.urls import reverse

import accounts
import payments
import recordings
import scheduling
from scheduling.forms import DayField
from scheduling.models import Amnesty, Qualification
from tests.factories import make_booking, make_project, make_qualified

pytestmark = pytest.mark.django_db
ENDS = [date.min.isoformat(), date.max.isoformat()]
# A birthday reckons with years of its own (`check_adult`).
BIRTHDAY = "birth_on"


@pytest.fixture
def manager(client_for, mara):
    client = client_for(mara)
    client.cookies["django_language"] = "en"
    return client


def refusals_of(answer):
    return [error.code for found in answer.context["form"].errors.as_data().values() for error in found]


@pytest.mark.parametrize("day", ENDS)
@pytest.mark.parametrize(
    ("page", "field", "status"),
    [
        ("scheduling:reminder_list", "since", 200),
        ("scheduling:reminder_list", "until", 200),
        ("recordings:sample_list", "since", 200),
        ("recordings:sample_list", "until", 200),
        ("recordings:session_list", "day", 422),
    ],
)
def test_list_says_that_no_plan_reaches_the_day(manager, lin, mei, page, field, status, day):
    make_booking(one=lin, other=mei)

    answer = manager.get(reverse(page), {field: day})

    assert (answer.status_code, refusals_of(answer)) == (status, ["year"])


@pytest.mark.parametrize("day", ENDS)
def test_amnesty_refuses_a_day_that_no_plan_reaches(manager, lin, day):
    project = make_project()
    make_qualified(lin, project=project)
    right = Qualification.objects.get(person=lin)
    told = {"counts_from_on": day, "reason": "The trains stood still."}

    for_all = manager.post(
        reverse("scheduling:project_amnesty", args=[project.slug]),
        {**told, "form_key": "form-key-of-this-test-1"},
    )
    for_one = manager.post(
        reverse("scheduling:person_amnesty", args=[right.pk]), {**told, "form_key": "form-key-of-this-test-2"}
    )

    assert (for_all.status_code, refusals_of(for_all)) == (422, ["year"])
    assert for_one.status_code == 422
    assert "Choose a day between the years 2000 and 2100." in for_one.content.decode()
    assert not Amnesty.objects.exists()


def test_every_day_of_a_form_is_one_that_can_be_reckoned_with():
    found = [
        f"{form.__name__}.{name}"
        for form in all_forms()
        for name, field in form.base_fields.items()
        if isinstance(field, forms.DateField) and not isinstance(field, DayField) and name != BIRTHDAY
    ]

    assert found == []


def all_forms():
    for app in (accounts, scheduling, recordings, payments):
        for module in iter_modules(app.__path__):
            if module.name.endswith("forms"):
                import_module(f"{app.__name__}.{module.name}")
    return [kind for kind in kinds_of(forms.Form) if kind.__module__.split(".")[0] != "django"]


def kinds_of(kind):
    for below in kind.__subclasses__():
        yield below
        yield from kinds_of(below)
