"""A slot's form that was opened before something changed: it is refused in words, and nothing else is done instead."""

import pytest
from django.urls import reverse

from accounts.models import Profile
from scheduling import pairs
from scheduling.models import Booking, Qualification
from scheduling.qualifications import suspend_qualification
from tests.factories import (
    NOW,
    make_booking,
    make_booth,
    make_city,
    make_pair,
    make_person,
    make_project,
    make_slot,
)

pytestmark = pytest.mark.django_db
KEY = "a-key-of-a-form-that-was-shown"


@pytest.fixture
def project(clock):
    return make_project()


@pytest.fixture
def slot(project):
    return make_slot(project=project)


@pytest.fixture
def pair(lin, mei, project):
    return make_pair(lin, mei, project=project)


def test_moving_begins_in_the_city_of_the_session(client_for, pair, lin, slot):
    booking = make_booking(slot=slot, pair=pair, one=lin)
    make_slot(project=pair.project, booth=make_booth(city=make_city(name="Aksu", name_zh="阿克苏")))
    Profile.objects.filter(user=lin).update(city="阿克苏")
    browser, address = client_for(lin), reverse("scheduling:slot_list")

    found = [browser.get(address, query).context["city"] for query in ({"move": booking.pk}, {})]

    assert found[0] == slot.booth.studio.city
    assert found[1].name_zh == "阿克苏"


def detail(slot):
    return reverse("scheduling:slot_detail", args=[slot.pk])


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This pair has ended"), ("zh-hans", "这对搭档已解除")]
)
@pytest.mark.parametrize("has_another", [True, False])
def test_hold_for_a_pair_that_ended_meanwhile_is_refused_and_no_other_pair_takes_its_place(
    client_for, pair, lin, mei, slot, project, has_another, language, words
):
    pairs.end_pair(pair, by=mei, now=NOW)
    if has_another:
        make_pair(lin, make_person(), project=project)

    form = {"pair": pair.pk, "form_key": KEY}
    response = client_for(lin).post(detail(slot), form, headers={"accept-language": language})

    assert (response.status_code, Booking.objects.count()) == (409, 0)
    assert words in response.text
    assert client_for(lin).post(detail(slot), {"pair": "x", "form_key": KEY + "2"}).status_code == 404


def test_who_is_suspended_is_not_offered_to_take_a_slot_alone(client_for, pair, lin, slot, mara):
    take = reverse("scheduling:seat_take", args=[slot.pk])
    before = client_for(lin).get(detail(slot)).text
    suspend_qualification(Qualification.objects.get(person=lin), by=mara, now=NOW, reason="x")

    assert [take in before, take in client_for(lin).get(detail(slot)).text] == [True, False]
