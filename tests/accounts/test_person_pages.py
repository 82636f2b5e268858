import pytest
from django.test import Client
from django.urls import reverse

from accounts import consents
from accounts.models import Profile, Scope
from tests.factories import make_consents, make_newcomer, make_staff

pytestmark = pytest.mark.django_db

PROFILE, CONSENTS, HOME = reverse("accounts:profile"), reverse("accounts:consents"), reverse("home")
TOLD = {
    "name": "林小雨",
    "birth_on": "1998-05-17",
    "sex": "female",
    "region_raised": "CN-SC",
    "dialect": "四川话",
    "city": "成都",
}


@pytest.fixture
def notices(now):
    consents.publish_notices(now=now)
    return consents.current_notices("en")


def shown(notices, *scopes):
    return {f"shown-{scope}": notices[scope].text_sha256 for scope in scopes or notices}


# --- Profile ---------------------------------------------------------------------------------


def test_newcomer_tells_who_they_are_and_is_led_to_the_consents(client_for, clock):
    person = make_newcomer()
    response = client_for(person).post(PROFILE, TOLD)
    assert response.headers["Location"] == CONSENTS
    profile = Profile.objects.get(user=person)
    assert {field: str(getattr(profile, field)) for field in TOLD} == TOLD


def test_profile_is_changed_in_place(client_for, clock, lin):
    response = client_for(lin).post(PROFILE, TOLD | {"city": "重庆", "dialect": ""})
    assert response.headers["Location"] == PROFILE
    lin.profile.refresh_from_db()
    assert (lin.profile.city, lin.profile.dialect) == ("重庆", "")


@pytest.mark.parametrize(
    ("birth_on", "words"),
    [
        ("2008-03-03", "You have to be 18 or older to take part. You are welcome from 2026-03-03."),
        ("2030-01-01", "This birth date cannot be true."),
        ("1850-01-01", "This birth date cannot be true."),
        ("31.12.1999", "Enter a valid date."),
        ("", "This field is required."),
    ],
)
def test_birth_date_that_cannot_be_taken_is_explained_and_nothing_is_lost(client_for, clock, birth_on, words):
    person = make_newcomer()
    response = client_for(person).post(PROFILE, TOLD | {"birth_on": birth_on})
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert "四川话" in page
    assert not Profile.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "林" * 61), ("sex", "other"), ("region_raised", "CN-XX"), ("city", "")],
)
def test_profile_with_a_wrong_field_is_refused(client_for, clock, field, value):
    response = client_for(make_newcomer()).post(PROFILE, TOLD | {field: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_newcomer_is_18_today(client_for, clock):
    assert client_for(make_newcomer()).post(PROFILE, TOLD | {"birth_on": "2008-03-02"}).status_code == 302


def test_staff_tell_their_name_alone(client_for, rui):
    browser = client_for(rui)
    assert list(browser.get(PROFILE).context["form"].fields) == ["name"]
    assert browser.post(PROFILE, {"name": "芮秋"}).headers["Location"] == PROFILE
    rui.profile.refresh_from_db()
    assert (rui.profile.name, rui.profile.birth_on) == ("芮秋", None)


def test_name_is_shown_as_text(client_for, clock, lin):
    browser = client_for(lin)
    browser.post(PROFILE, TOLD | {"name": "<script>alert(1)</script>"})
    page = browser.get(PROFILE).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("url", [PROFILE, CONSENTS])
def test_own_pages_send_visitors_to_sign_in(client, url):
    assert client.get(url).headers["Location"] == f"{reverse('accounts:sign_in')}?next={url}"


@pytest.mark.parametrize("url", [PROFILE, CONSENTS])
def test_own_pages_refuse_other_methods(client_for, lin, url):
    assert client_for(lin).delete(url).status_code == 405


# --- Consents --------------------------------------------------------------------------------


def test_nothing_is_ticked_and_every_exact_text_is_shown(client_for, notices):
    page = client_for(make_newcomer(language="en")).get(CONSENTS)
    html = page.content.decode()
    assert "checked" not in html
    assert html.count('name="grant"') == len(Scope)
    for notice in notices.values():
        for line in (notice.title, *notice.paragraphs):
            assert line.replace("'", "&#x27;") in html
        assert notice.text_sha256 in html


def test_choices_of_a_newcomer_are_recorded_and_lead_home(client_for, clock, notices):
    person = make_newcomer()
    response = client_for(person).post(CONSENTS, {"grant": ["record", "share"], **shown(notices)})
    assert response.headers["Location"] == HOME
    said = dict(person.consents.values_list("scope", "act"))
    assert said == {scope: "grant" if scope in ("record", "share") else "refuse" for scope in Scope.values}
    assert consents.verify_chain(person) == []
    assert set(person.consents.values_list("at", flat=True)) == {clock()}


def test_form_sent_twice_writes_once(client_for, notices):
    person = make_newcomer()
    browser = client_for(person)
    for _time in range(2):
        assert browser.post(CONSENTS, {"grant": ["record"], **shown(notices)}).status_code == 302
    assert person.consents.count() == len(Scope)


def test_refused_scope_can_be_granted_later(client_for, notices):
    person = make_newcomer()
    browser = client_for(person)
    browser.post(CONSENTS, shown(notices))
    assert browser.post(CONSENTS, {"grant": ["record"], **shown(notices)}).headers["Location"] == CONSENTS
    assert consents.scopes_in_force(person) == {"record"}
    assert person.consents.count() == len(Scope) + 1


def test_text_renewed_while_reading_is_409_and_nothing_is_recorded(client_for, notices, now):
    person = make_newcomer()
    consents.publish_notice("record", language="en", text="New\nwords", now=now)
    response = client_for(person).post(CONSENTS, {"grant": ["record", "share"], **shown(notices)})
    assert response.status_code == 409
    assert "The text was renewed while you read." in response.content.decode()
    assert not person.consents.exists()


@pytest.mark.parametrize(
    "sent", [{"grant": ["record"]}, {"grant": ["queen"], "shown-queen": "x"}, {"shown-queen": "x"}]
)
def test_choice_without_its_text_is_refused(client_for, notices, sent):
    person = make_newcomer()
    response = client_for(person).post(CONSENTS, sent)
    assert response.status_code == 422
    assert "with the texts before you" in response.content.decode()
    assert not person.consents.exists()


def test_withdrawal_is_one_press(client_for, clock, lin):
    browser = client_for(lin)
    url = reverse("accounts:consent_withdraw", kwargs={"scope": "record"})
    assert url in browser.get(CONSENTS).content.decode()
    assert browser.post(url).headers["Location"] == CONSENTS
    assert consents.scopes_in_force(lin) == {"share"}
    assert lin.consents.order_by("-id").first().at == clock()


@pytest.mark.parametrize("scope", ["publish", "queen"])
def test_withdrawal_of_what_was_not_given_says_so(client_for, lin, scope):
    browser = client_for(lin)
    browser.post(reverse("accounts:consent_withdraw", kwargs={"scope": scope}))
    assert "There is no consent to withdraw." in browser.get(CONSENTS).content.decode()
    assert lin.consents.count() == 2


def test_withdrawal_is_refused_by_get(client_for, lin):
    url = reverse("accounts:consent_withdraw", kwargs={"scope": "record"})
    assert client_for(lin).get(url).status_code == 405


def test_old_record_shows_the_exact_text_of_its_time(client_for, lin, now):
    record = lin.consents.first()
    consents.publish_notice(record.scope, language=record.notice.language, text="新的文字", now=now)
    page = client_for(lin).get(reverse("accounts:consent_detail", kwargs={"record_id": record.pk}))
    html = page.content.decode()
    assert page.status_code == 200
    for text in (record.notice.title, record.text_sha256, record.row_hash, *record.notice.paragraphs):
        assert text in html


def test_strangers_record_does_not_exist(client_for, lin, stranger):
    url = reverse("accounts:consent_detail", kwargs={"record_id": lin.consents.first().pk})
    assert client_for(stranger).get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("role", ["reviewer", "manager", "administrator"])
def test_staff_have_no_consents(client_for, role):
    browser = client_for(make_staff(role))
    assert browser.get(CONSENTS).status_code == 403
    assert browser.post(reverse("accounts:consent_withdraw", kwargs={"scope": "record"})).status_code == 403


def test_history_takes_the_same_queries_however_long(client_for, lin, now, django_assert_max_num_queries):
    browser = client_for(lin)
    with django_assert_max_num_queries(20) as few:
        assert len(browser.get(CONSENTS).context["history"]) == 2
    for _time in range(12):
        consents.withdraw_consent(lin, scope=Scope.RECORD, now=now)
        make_consents(lin, scopes=(Scope.RECORD,), now=now)
    with django_assert_max_num_queries(20) as many:
        assert len(browser.get(CONSENTS).context["history"]) == 20
    assert len(many) == len(few)
    assert len(browser.get(CONSENTS, {"page": 2}).context["history"]) == 6
