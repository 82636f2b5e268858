"""The visitors' page, the specimen of the design, the pages of errors, the admin's dress."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from config.specimen import SpecimenForm
from config.views import design

pytestmark = pytest.mark.django_db


def test_home_tells_a_visitor_what_it_is_and_how_it_is_paid(client):
    answer = client.get(reverse("home"))

    assert answer.status_code == 200
    assert "home_visitor.html" in [template.name for template in answer.templates]
    assert "300 CNY" in answer.content.decode()


def test_home_refuses_to_be_posted_to(client):
    assert client.post(reverse("home")).status_code == 405


def test_home_switches_language_without_script(client):
    answer = client.post(
        reverse("set_language"), {"language": "zh-hans"}, headers={"referer": "/"}, follow=True
    )

    assert 'lang="zh-hans"' in answer.content.decode()


def test_design_is_not_mounted_outside_debug(client):
    assert client.get("/design/").status_code == 404


@pytest.mark.parametrize("query", ["", "?desk", "?errors"])
def test_design_shows_every_component(query, lin):
    request = RequestFactory().get(f"/design/{query}")
    request.user = lin

    answer = design(request)

    assert answer.status_code == 200
    assert 'data-countdown="' in answer.content.decode()


@pytest.mark.parametrize("code", [403, 404, 429, 503])
def test_error_page_says_what_to_do(code):
    page = render_to_string(f"{code}.html", request=RequestFactory().get("/"))

    assert page.count("<h1>") == 1
    assert "button-primary" in page


def test_error_page_500_needs_no_context():
    assert "我们这边出错了" in render_to_string("500.html")


def test_form_ties_help_and_error_to_the_field():
    field = str(SpecimenForm({"name": ""})["name"].as_field_group())

    assert 'aria-describedby="id_name_helptext id_name_error"' in field
    assert 'id="id_name_helptext"' in field
    assert 'id="id_name_error"' in field


def test_form_renders_as_our_component():
    assert str(SpecimenForm()).count('class="field"') == len(SpecimenForm().fields)


def test_countdown_carries_the_instant_and_works_without_script():
    page = render_to_string("components/countdown.html", {"until": timezone.now(), "over": "expired"})

    assert 'data-countdown-over="expired"' in page
    assert "until " in page


def test_admin_wears_the_tokens(client_for, ada):
    page = client_for(ada).get(reverse("admin:index")).content.decode()

    assert "css/tokens.css" in page
    assert "css/admin.css" in page
