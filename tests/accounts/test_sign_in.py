import logging

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import OneTimeCode, User
from tests.factories import make_person

pytestmark = pytest.mark.django_db

SIGN_IN, CODE, AGAIN = (reverse(f"accounts:{name}") for name in ("sign_in", "sign_in_code", "sign_in_again"))
PHONE = "+8613800138000"


def send(client, phone="138 0013 8000", **query):
    return client.post(SIGN_IN, {"phone": phone}, query_params=query)


def last_code(outbox):
    return outbox()[-1].params["code"]


def test_newcomer_signs_up_with_number_and_code_and_is_led_to_the_profile(client, clock, outbox):
    assert send(client).headers["Location"] == CODE
    response = client.post(CODE, {"code": last_code(outbox)})
    assert (response.status_code, response.headers["Location"]) == (302, reverse("accounts:profile"))
    person = User.objects.get()
    assert (person.phone, person.phone_verified_at) == (PHONE, clock())
    assert client.session["_auth_user_id"] == str(person.pk)


def test_known_person_signs_in_and_goes_home(client, clock, lin, outbox):
    send(client, lin.phone)
    response = client.post(CODE, {"code": last_code(outbox)})
    assert response.headers["Location"] == reverse("home")
    assert User.objects.count() == 1


def test_person_with_a_profile_but_no_consent_is_led_to_the_consents(client, clock, outbox):
    person = make_person(scopes=())
    send(client, person.phone)
    assert client.post(CODE, {"code": last_code(outbox)}).headers["Location"] == reverse("accounts:consents")


def test_visitor_comes_back_to_the_page_they_wanted(client, clock, lin, outbox):
    wanted = reverse("accounts:consents")
    send(client, lin.phone, next=wanted)
    assert client.post(CODE, {"code": last_code(outbox)}).headers["Location"] == wanted


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_visitor_is_never_sent_elsewhere(client, clock, lin, outbox, wanted):
    send(client, lin.phone, next=wanted)
    assert client.post(CODE, {"code": last_code(outbox)}).headers["Location"] == reverse("home")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "This field is required."),
        ("12345", "This is not a phone number."),
        ("010 1234 5678", "A landline cannot receive a code."),
        ("+44 7400 123456", "Numbers of this country cannot be used here."),
    ],
)
def test_number_that_gets_no_code_is_explained(client, clock, outbox, typed, words):
    response = send(client, typed)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert outbox() == []


def test_code_page_shows_the_number_and_the_way_to_change_it(client, clock):
    send(client)
    page = client.get(CODE).content.decode()
    assert "138 0013 8000" in page
    assert f'href="{SIGN_IN}"' in page
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    assert client.get(SIGN_IN).content.decode().count('value="138 0013 8000"') == 1


def test_code_page_counts_down_from_the_same_moment_after_a_reload(client, clock):
    send(client)
    first = client.get(CODE).context["again_at"]
    clock.advance(seconds=20)
    assert client.get(CODE).context["again_at"] == first
    assert (first - clock()).total_seconds() == 40


@pytest.mark.parametrize("typed", ["000000x", "", "1234567890123456789012"])
def test_code_of_the_wrong_shape_is_refused(client, clock, typed):
    send(client)
    assert client.post(CODE, {"code": typed}).status_code == 422
    assert "_auth_user_id" not in client.session


def test_wrong_code_is_refused_with_words_and_the_right_one_still_opens(client, clock, outbox):
    send(client)
    right = last_code(outbox)
    response = client.post(CODE, {"code": f"{(int(right) + 1) % 1_000_000:06d}"})
    assert response.status_code == 422
    assert "This is not the code." in response.content.decode()
    assert client.post(CODE, {"code": right}).status_code == 302


def test_old_code_is_refused_with_words(client, clock, outbox):
    send(client)
    right = last_code(outbox)
    clock.advance(minutes=5)
    response = client.post(CODE, {"code": right})
    assert response.status_code == 422
    assert "too old or was used" in response.content.decode()


def test_code_works_only_in_the_browser_that_asked_for_it(client, clock, outbox):
    send(client)
    other = Client()
    send(other, "139 0013 9000")
    assert other.post(CODE, {"code": outbox()[0].params["code"]}).status_code == 422
    assert "_auth_user_id" not in other.session


def test_code_page_without_a_number_leads_back(client):
    assert client.get(CODE).headers["Location"] == SIGN_IN
    assert client.post(AGAIN).headers["Location"] == SIGN_IN


def test_asking_too_soon_keeps_the_code_that_is_on_its_way(client, clock, outbox):
    send(client)
    response = send(client)
    assert response.headers["Location"] == CODE
    assert OneTimeCode.objects.count() == 1
    assert "A code was sent a moment ago." in client.get(CODE).content.decode()
    assert client.post(CODE, {"code": last_code(outbox)}).status_code == 302


def test_asking_too_soon_from_another_browser_is_429_with_the_time_to_wait(client, clock):
    send(client)
    clock.advance(seconds=15)
    other = Client()
    response = send(other)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "45")
    assert "Ask for the next one in 45 s." in response.content.decode()


def test_known_and_unknown_numbers_get_the_same_answer(client, clock, lin):
    known, unknown = send(client, lin.phone), send(Client(), "139 0013 9000")
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert known.content == unknown.content


def test_new_code_is_sent_after_a_minute(client, clock, outbox):
    send(client)
    clock.advance(seconds=60)
    assert client.post(AGAIN).headers["Location"] == CODE
    assert len(outbox()) == 2
    assert client.post(CODE, {"code": last_code(outbox)}).status_code == 302


def test_new_code_within_the_minute_is_not_sent(client, clock, outbox):
    send(client)
    client.post(AGAIN)
    assert len(outbox()) == 1
    assert "A code was sent a moment ago." in client.get(CODE).content.decode()


def test_closed_account_does_not_open(client, clock, lin, outbox):
    User.objects.filter(pk=lin.pk).update(is_active=False)
    send(client, lin.phone)
    response = client.post(CODE, {"code": last_code(outbox)})
    assert response.headers["Location"] == SIGN_IN
    assert "This account is closed." in client.get(SIGN_IN).content.decode()
    assert "_auth_user_id" not in client.session


def test_signed_in_person_has_no_need_to_sign_in(client_for, lin):
    browser = client_for(lin)
    assert browser.get(SIGN_IN).headers["Location"] == reverse("home")
    assert browser.get(CODE).headers["Location"] == reverse("home")


def test_sign_out_is_a_press_and_ends_the_session(client_for, lin):
    browser = client_for(lin)
    assert browser.get(reverse("accounts:sign_out")).status_code == 405
    assert browser.post(reverse("accounts:sign_out")).headers["Location"] == reverse("home")
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_sign_in_pages_refuse_other_methods(client, method):
    for url in (SIGN_IN, CODE, AGAIN):
        assert getattr(client, method)(url).status_code == 405


def test_message_follows_the_language_of_the_page(client, clock, outbox):
    client.post(SIGN_IN, {"phone": PHONE}, headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert "你的登录验证码是" in outbox()[-1].text


def test_nothing_personal_is_logged_on_the_way_in(client, clock, outbox, caplog):
    caplog.set_level(logging.DEBUG)
    send(client)
    code = last_code(outbox)
    client.post(CODE, {"code": "12"})
    client.post(CODE, {"code": code})
    for secret in (PHONE, PHONE[3:], "138 0013 8000", code):
        assert secret not in caplog.text


def test_allauths_own_pages_have_no_address(client):
    for path in ("/account/signup/", "/account/password/change/", "/account/email/", "/accounts/login/"):
        assert client.get(path).status_code == 404
    assert client.get(reverse("account_login")).headers["Location"] == SIGN_IN
