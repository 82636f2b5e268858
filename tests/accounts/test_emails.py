"""E-mails and the addresses they go to: confirmed by a link, sent once, refused with a certain no or not."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse

from accounts import addresses, delivery, emails
from accounts.carriers import NoAnswer, NotSent
from accounts.models import Message, Profile
from config.environment import read_email_url
from tests.accounts.makers import confirm_address
from tests.factories import NOW, make_newcomer

pytestmark = pytest.mark.django_db
EMAIL = reverse("accounts:email")
ADDRESS = "lin@example.org"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.EMAIL_FROM = "Duologue <news@duologue.example>"
    settings.SITE_URL = "https://duologue.example"


def email(**fields):
    return emails.Email(**{"to": ADDRESS, "subject": "s", "body": "b", "reference": "r1", **fields})


def link_in(letter):
    return next(word for word in letter.body.split() if word.startswith("https://"))


def path_in(letter):
    return link_in(letter).removeprefix("https://duologue.example")


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "Confirm your e-mail address"), ("zh-hans", "请确认你的邮箱")]
)
def test_subject_is_the_first_line_of_the_template(language, subject):
    params = {"link": "https://x/?a=1&b='2'", "token": ""}

    found = emails.render_email(to=ADDRESS, template="confirm_email", language=language, params=params)

    assert found.subject == subject
    assert "https://x/?a=1&b='2'" in found.body
    assert subject not in found.body


def test_mail_carries_our_reference_and_says_a_machine_wrote_it():
    message_id = emails.send_email(email())

    (letter,) = mail.outbox
    assert message_id == "<r1@duologue.example>"
    assert letter.extra_headers == {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    assert (letter.to, letter.from_email) == ([ADDRESS], "Duologue <news@duologue.example>")


class Server(BaseEmailBackend):
    """A mail server that raises what it is told to, at the door or later."""

    at_the_door: Exception | None = None
    later: Exception | None = None
    at_the_goodbye: Exception | None = None

    def open(self):
        if self.at_the_door:
            raise self.at_the_door

    def send_messages(self, email_messages):
        if self.later:
            raise self.later
        return len(email_messages)

    def close(self):
        if self.at_the_goodbye:
            raise self.at_the_goodbye


@pytest.fixture
def server(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    return lambda when, error: monkeypatch.setattr(Server, when, error)


@pytest.mark.parametrize(
    ("when", "error", "may_retry"),
    [
        ("at_the_door", ConnectionRefusedError(), True),
        ("at_the_door", TimeoutError(), True),
        ("at_the_door", smtplib.SMTPAuthenticationError(535, b"no"), True),
        ("later", smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such user")}), False),
        ("later", smtplib.SMTPRecipientsRefused({ADDRESS: (450, b"later")}), True),
        ("later", smtplib.SMTPDataError(554, b"spam"), False),
        ("later", smtplib.SMTPDataError(451, b"later"), True),
        ("later", smtplib.SMTPSenderRefused(550, b"who?", "x"), False),
        ("later", smtplib.SMTPNotSupportedError("no SMTPUTF8"), False),
    ],
)
def test_certain_no_of_the_server_is_one(server, when, error, may_retry):
    server(when, error)

    with pytest.raises(NotSent) as refusal:
        emails.send_email(email())

    assert refusal.value.may_retry is may_retry


@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPServerDisconnected("gone")])
def test_line_that_went_dead_is_no_certain_no(server, error):
    server("later", error)

    with pytest.raises(NoAnswer) as cut:
        emails.send_email(email())

    assert cut.value.__cause__ is error


@pytest.mark.parametrize(
    ("when", "error", "english", "chinese"),
    [
        (
            "at_the_door",
            ConnectionRefusedError(),
            "the mail server cannot be reached: ConnectionRefusedError",
            "无法连接邮件服务器：ConnectionRefusedError",
        ),
        ("later", smtplib.SMTPDataError(554, b"spam"), "the mail server said 554", "邮件服务器返回 554"),
    ],
)
def test_reason_with_a_figure_is_told_in_the_language_of_its_reader(
    client_for, lin, mara, clock, server, when, error, english, chinese
):
    confirm_address(lin, email=ADDRESS)
    assert addresses.change_email(lin, email="new@example.org", now=NOW)
    server(when, error)

    delivery.deliver_due(now=NOW)

    status = Message.objects.get().status
    for language, words in (("en", english), ("zh-hans", chinese)):
        page = client_for(mara).get(
            reverse("accounts:message_list"), {"status": status}, headers={"Accept-Language": language}
        )
        assert words in page.content.decode()


@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPServerDisconnected("gone")])
def test_line_that_dies_at_the_goodbye_changes_nothing(server, error):
    server("at_the_goodbye", error)
    assert emails.send_email(email()) == "<r1@duologue.example>"

    server("later", smtplib.SMTPDataError(554, b"spam"))
    with pytest.raises(NotSent):
        emails.send_email(email())


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp+tls://u:p@h", {"EMAIL_HOST": "h", "EMAIL_PORT": 587, "EMAIL_USE_TLS": True}),
        ("smtps://u:p@h:2525", {"EMAIL_PORT": 2525, "EMAIL_HOST_USER": "u", "EMAIL_HOST_PASSWORD": "p"}),
        ("filemail:///srv/mail", {"EMAIL_FILE_PATH": "/srv/mail"}),
    ],
)
def test_address_of_a_mail_server_is_read(url, found):
    assert read_email_url(url).items() >= found.items()


# --- the address of a person ---


def test_address_counts_once_its_link_was_opened(lin, clock):
    assert addresses.change_email(lin, email=ADDRESS, now=NOW) is True
    assert delivery.deliver_due(now=NOW) == 1
    assert not Profile.objects.get(user=lin).email_verified_at

    response = Client().post(path_in(mail.outbox[0]))

    assert response.headers["Location"] == reverse("home")
    assert Profile.objects.get(user=lin).email_verified_at == NOW


def test_link_says_the_address_and_confirms_nothing_by_itself(lin, clock):
    addresses.change_email(lin, email=ADDRESS, now=NOW)
    delivery.deliver_due(now=NOW)

    page = Client().get(path_in(mail.outbox[0]))

    assert ADDRESS in page.content.decode()
    assert not Profile.objects.get(user=lin).email_verified_at


def test_link_lives_three_days(lin):
    addresses.change_email(lin, email=ADDRESS, now=NOW)
    token = Message.objects.get().params["token"]

    with pytest.raises(addresses.EmailRefused) as refusal:
        addresses.confirm_email(token, now=NOW + timedelta(days=3))
    assert refusal.value.code == "old_link"
    assert not Profile.objects.get(user=lin).email_verified_at
    addresses.confirm_email(token, now=NOW + timedelta(days=3, seconds=-1))
    assert Profile.objects.get(user=lin).email_verified_at


def test_link_to_another_address_is_refused(lin):
    addresses.change_email(lin, email=ADDRESS, now=NOW)
    token = Message.objects.get().params["token"]
    addresses.change_email(lin, email="other@example.org", now=NOW)

    with pytest.raises(addresses.EmailRefused) as refusal:
        addresses.confirm_email(token, now=NOW)
    assert refusal.value.code == "other_address"
    delivery.deliver_due(now=NOW)
    assert [letter.to for letter in mail.outbox] == [["other@example.org"]]


def test_link_that_was_made_up_is_refused(clock):
    response = Client().get(
        reverse("accounts:email_confirm", args=["made:up"]), headers={"Accept-Language": "en"}
    )

    assert response.status_code == 410
    assert "This link is not whole." in response.content.decode()
    with pytest.raises(addresses.EmailRefused) as refusal:
        addresses.confirm_email("made:up", now=NOW)
    assert refusal.value.code == "link"


def test_confirmed_address_stays_so_and_an_empty_one_takes_it_away(lin):
    confirm_address(lin)

    assert addresses.change_email(lin, email=ADDRESS, now=NOW) is False
    assert Profile.objects.get(user=lin).email_verified_at
    assert addresses.change_email(lin, email="", now=NOW) is False
    profile = Profile.objects.get(user=lin)
    assert (profile.email, profile.email_verified_at, Message.objects.count()) == ("", None, 0)


def test_sixth_link_of_a_day_is_refused(lin):
    for number in range(5):
        addresses.change_email(lin, email=f"a{number}@example.org", now=NOW)

    with pytest.raises(addresses.EmailRefused) as refusal:
        addresses.change_email(lin, email=ADDRESS, now=NOW + timedelta(days=1, seconds=-1))
    assert refusal.value.code == "too_many_links"
    assert Profile.objects.get(user=lin).email == "a4@example.org"
    assert addresses.change_email(lin, email=ADDRESS, now=NOW + timedelta(days=1)) is True


def test_newcomer_tells_about_themselves_first():
    with pytest.raises(addresses.EmailRefused) as refusal:
        addresses.change_email(make_newcomer(), email=ADDRESS, now=NOW)
    assert refusal.value.code == "profile"


def test_email_page_takes_an_address(client_for, lin, clock):
    browser = client_for(lin)

    assert browser.get(EMAIL).status_code == 200
    assert browser.post(EMAIL, {"email": ADDRESS}).headers["Location"] == EMAIL
    assert ADDRESS in browser.get(EMAIL).content.decode()
    assert browser.post(EMAIL, {"email": "nonsense"}).status_code == 422
    assert browser.put(EMAIL).status_code == 405


@pytest.mark.parametrize(("language", "words"), [("en", "what happens to your shifts"), ("zh-hans", "班次")])
def test_email_page_is_for_staff_too_and_says_what_comes(client_for, rui, clock, language, words):
    browser, header = client_for(rui), {"accept-language": language}

    assert reverse("accounts:email") in browser.get(reverse("accounts:profile")).content.decode()
    assert words in browser.get(EMAIL, headers=header).content.decode()
    assert browser.post(EMAIL, {"email": ADDRESS}).status_code == 302
    assert Profile.objects.get(user=rui).email == ADDRESS
    assert Client().get(EMAIL).status_code == 302
