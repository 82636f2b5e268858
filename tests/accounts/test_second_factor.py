import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import adapter, people
from accounts.access import was_second_factor_shown
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

DOOR, SET_UP, SHOW, CODES = (
    reverse(name)
    for name in ("accounts:second_factor", "mfa_activate_totp", "mfa_authenticate", "mfa_view_recovery_codes")
)
SECRET = "JBSWY3DPEHPK3PXP"
DESK_PAGES = [reverse("home"), reverse("admin:index"), reverse("accounts:profile")]


def app_code(secret=SECRET):
    """Return what an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in(client, person, outbox):
    client.post(reverse("accounts:sign_in"), {"phone": person.phone})
    return client.post(reverse("accounts:sign_in_code"), {"code": outbox()[-1].params["code"]})


@pytest.mark.parametrize("url", DESK_PAGES)
def test_staff_without_a_second_factor_are_led_to_set_one_up(client_for, ada, url):
    browser = client_for(ada, second_factor=False)
    response = browser.get(url)
    assert response.headers["Location"] == f"{DOOR}?next={url}"
    assert browser.get(response.headers["Location"]).headers["Location"] == SET_UP
    assert browser.get(SET_UP).status_code == 200


def test_first_right_code_of_the_app_opens_the_desk(client, clock, rui, outbox):
    assert sign_in(client, rui, outbox).headers["Location"] == reverse("home")
    client.get(reverse("home"), follow=True)
    secret = client.get(SET_UP).context["form"].secret
    response = client.post(SET_UP, {"code": app_code(secret)})
    assert response.headers["Location"] == CODES
    page = client.get(CODES)
    assert (page.status_code, len(page.context["unused_codes"])) == (200, 10)
    assert page.context["wanted"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200


@pytest.mark.parametrize("typed", ["000000", "", "abc"])
def test_wrong_first_code_sets_nothing_up(client_for, rui, typed):
    browser = client_for(rui, second_factor=False)
    browser.get(SET_UP)
    assert browser.post(SET_UP, {"code": typed}).context["form"].errors
    assert not Authenticator.objects.exists()
    assert browser.get(reverse("home")).status_code == 302


def test_staff_show_the_second_factor_at_every_sign_in(client, clock, rui, outbox):
    TOTP.activate(rui, SECRET)
    assert sign_in(client, rui, outbox).headers["Location"] == SHOW
    assert "_auth_user_id" not in client.session
    assert client.get(SHOW).status_code == 200
    assert client.post(SHOW, {"code": app_code()}).headers["Location"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200


def test_wrong_second_factor_signs_nobody_in(client, clock, rui, outbox):
    TOTP.activate(rui, SECRET)
    sign_in(client, rui, outbox)
    assert client.post(SHOW, {"code": "000000"}).context["form"].errors["code"]
    assert "_auth_user_id" not in client.session


def test_recovery_code_opens_once(client, clock, rui, outbox):
    client.force_login(rui)
    secret = client.get(SET_UP).context["form"].secret
    client.post(SET_UP, {"code": app_code(secret)})
    recovery_code = client.get(CODES).context["unused_codes"][0]
    for status in (302, 200):
        browser = Client()
        sign_in(browser, rui, outbox)
        assert browser.post(SHOW, {"code": recovery_code}).status_code == status
        clock.advance(minutes=1)


def test_second_factor_page_without_a_sign_in_leads_to_it(client):
    assert client.get(SHOW).headers["Location"] == reverse("account_login")
    assert client.get(DOOR).headers["Location"] == f"{reverse('accounts:sign_in')}?next={DOOR}"
    assert client.get(SET_UP).status_code == 302


def test_second_factor_set_up_elsewhere_is_asked_for_here(client_for, rui):
    TOTP.activate(rui, SECRET)
    browser = client_for(rui, second_factor=False)
    again = f"{reverse('mfa_reauthenticate')}?next=%2F"
    assert browser.get(DOOR).headers["Location"] == again
    assert browser.get(again).status_code == 200
    assert browser.post(again, {"code": app_code(), "next": "/"}).headers["Location"] == "/"
    assert browser.get(reverse("home")).status_code == 200


@pytest.mark.parametrize("name", ["mfa_deactivate_totp", "mfa_generate_recovery_codes"])
def test_delicate_pages_ask_for_the_second_factor_again(client_for, rui, name):
    TOTP.activate(rui, SECRET)
    browser = client_for(rui, second_factor=False)
    assert browser.get(reverse(name)).headers["Location"].startswith(reverse("mfa_reauthenticate"))


def test_overview_offers_the_ways_on(client_for, rui):
    TOTP.activate(rui, SECRET)
    page = client_for(rui).get(DOOR)
    assert page.status_code == 200
    assert reverse("mfa_deactivate_totp") in page.content.decode()


def test_changed_phone_is_set_up_anew(client_for, rui):
    TOTP.activate(rui, SECRET)
    browser = client_for(rui)
    assert browser.get(reverse("mfa_deactivate_totp")).status_code == 200
    assert browser.post(reverse("mfa_deactivate_totp")).headers["Location"] == reverse("mfa_index")
    assert browser.get(DOOR).headers["Location"] == SET_UP


def test_new_recovery_codes_are_made(client_for, rui):
    TOTP.activate(rui, SECRET)
    browser = client_for(rui)
    url = reverse("mfa_generate_recovery_codes")
    assert browser.get(url).status_code == 200
    assert browser.post(url).headers["Location"] == CODES
    assert len(browser.get(CODES).context["unused_codes"]) == 10


def test_secret_is_encrypted_in_the_database(rui):
    TOTP.activate(rui, SECRET)
    assert SECRET not in str(Authenticator.objects.get().data)


def test_administrator_can_reset_a_lost_second_factor(rui):
    TOTP.activate(rui, SECRET)
    assert people.reset_second_factor(rui) == 1
    assert not Authenticator.objects.exists()


def test_participants_need_no_second_factor(client_for, lin):
    assert client_for(lin, second_factor=False).get(reverse("accounts:profile")).status_code == 200


def test_second_factor_can_be_switched_off_for_a_trial(settings, client_for, rui):
    settings.STAFF_SECOND_FACTOR = False
    assert client_for(rui, second_factor=False).get(reverse("accounts:profile")).status_code == 200


def test_sign_out_and_language_stay_open_before_the_second_factor(client_for, rui):
    browser = client_for(rui, second_factor=False)
    assert browser.post(reverse("set_language"), {"language": "en"}).headers["Location"] == "/"
    assert browser.post(reverse("accounts:sign_out")).headers["Location"] == reverse("home")


def test_too_many_wrong_second_factors_are_stopped(client, clock, rui, outbox):
    TOTP.activate(rui, SECRET)
    sign_in(client, rui, outbox)
    for _try in range(5):
        client.post(SHOW, {"code": "000000"})
    response = client.post(SHOW, {"code": app_code()})
    assert response.context["form"].errors["code"].as_data()[0].code == "too_many_login_attempts"


def test_demo_door_is_shut_without_debug(rf, rui, settings):
    settings.DEBUG = False
    with pytest.raises(PermissionDenied):
        adapter.sign_in_for_demo(rf.get("/"), rui)


def test_demo_door_counts_the_second_factor_as_shown(rf, rui, settings):
    settings.DEBUG = True
    request = rf.get("/")
    request.user = AnonymousUser()
    SessionMiddleware(lambda _request: HttpResponse()).process_request(request)
    adapter.sign_in_for_demo(request, rui)
    assert request.user == rui
    assert was_second_factor_shown(request)


def test_second_factor_of_one_person_does_not_count_for_another(client_for, rui):
    browser = client_for(make_staff())
    browser.force_login(rui)
    assert browser.get(reverse("home")).headers["Location"].startswith(DOOR)
