"""The outbox on the managers' desk."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Message
from tests.accounts.makers import make_message
from tests.factories import make_person

pytestmark = pytest.mark.django_db
LIST, TEXTS = reverse("accounts:message_list"), reverse("accounts:message_texts")


@pytest.fixture
def browser(client_for, mara, clock):
    client = client_for(mara)
    client.cookies["django_language"] = "en"
    return client


def strand(person, *, status="unknown", key="news"):
    message = make_message(person, key=key)
    Message.objects.filter(pk=message.pk).update(status=status, reference=key)
    return message


def settle(browser, message, **told):
    return browser.post(reverse("accounts:message_settle", args=[message.pk]), told)


def listed(page):
    return [row["message"].key for row in page.context["rows"]]


def test_list_shows_what_needs_a_person_and_each_state(browser, lin):
    for status in ("unknown", "failed", "sent"):
        strand(lin, status=status, key=status)
    make_message(lin, key="waiting")

    assert listed(browser.get(LIST)) == ["failed", "unknown"]
    assert listed(browser.get(LIST, {"status": "nonsense"})) == ["failed", "unknown"]
    assert listed(browser.get(LIST, {"status": "sent"})) == ["sent"]
    assert listed(browser.get(LIST, {"status": "waiting"})) == ["waiting"]


def test_list_shows_no_number_and_no_parameters(browser, lin):
    strand(lin)

    page = browser.get(LIST).content.decode()

    assert lin.pseudonym in page
    assert lin.phone not in page
    assert "123456" not in page


def test_manager_settles_a_message(browser, lin):
    message = strand(lin)

    assert settle(browser, message, outcome="arrived", reason="seen at the provider").status_code == 302

    message.refresh_from_db()
    assert message.status == "sent"
    assert "No message needs you" in browser.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"outcome": "arrived"}, "Write how you know, or why."),
        ({"outcome": "x", "reason": "y"}, "This cannot be said of this message."),
    ],
)
def test_manager_is_told_what_is_missing(browser, lin, told, said):
    message = strand(lin)

    settle(browser, message, **told)

    assert said in browser.get(LIST).content.decode()
    message.refresh_from_db()
    assert message.status == "unknown"


def test_reason_of_a_human_is_shown_as_it_was_written(browser, lin):
    message = strand(lin, status="failed")
    settle(browser, message, outcome="leave", reason="the account is closed, 100%")

    page = browser.get(LIST, {"status": "dropped"}, headers={"Accept-Language": "zh-hans"})

    assert "the account is closed, 100%" in page.content.decode()


def test_texts_say_their_length_in_parts(browser):
    page = " ".join(browser.get(TEXTS).content.decode().split())

    assert "【Duologue】你的登录验证码是 000000" in page
    assert "41 characters, 1 part ·" in page
    assert "请确认你的邮箱" in page
    assert "Retry from 31 Dec, 20:00." in page
    assert "12月31日 20:00起可重新提交" in page


def test_pages_are_for_managers_and_administrators(client_for, lin, rui, ada):
    message = strand(lin)
    for person in (lin, rui):
        for page in (LIST, TEXTS):
            assert client_for(person).get(page).status_code == 403
        assert settle(client_for(person), message, outcome="leave", reason="x").status_code == 403
    assert client_for(ada).get(LIST).status_code == 200
    assert Client().get(LIST).status_code == 302


def test_pages_refuse_other_methods_and_unknown_messages(browser, lin):
    message = strand(lin)

    assert browser.post(LIST).status_code == 405
    assert browser.post(TEXTS).status_code == 405
    assert browser.get(reverse("accounts:message_settle", args=[message.pk])).status_code == 405
    assert browser.post(reverse("accounts:message_settle", args=[message.pk + 1])).status_code == 404


def test_list_costs_the_same_for_one_and_three(browser, django_assert_num_queries):
    strand(make_person("一"), key="1")
    browser.get(LIST)
    with django_assert_num_queries(6):
        browser.get(LIST)
    for key in ("2", "3"):
        strand(make_person(key), key=key)
    with django_assert_num_queries(6):
        browser.get(LIST)
