"""Managers write the words of messages; what cannot be sent is refused, and every version is kept."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts import emails, sms, text_edits
from accounts.models import MessageText
from accounts.outbox import known_kinds
from accounts.sms_parts import measure_sms
from accounts.texts import default_text, fill, written_text
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LIST = reverse("accounts:message_texts")


def page(template="session_reminder", channel="sms", language="en"):
    return reverse("accounts:message_text_edit", args=[template, channel, language])


def write(by, *, template="session_reminder", channel="sms", language="en", subject="", body="Come {day}!"):
    kind = known_kinds()[template]
    where = {"channel": channel, "language": language}
    return text_edits.write_text(kind, **where, subject=subject, body=body, by=by, now=NOW)


def sent_sms(language="en", **params):
    filled = {"day": "Thu 5 Mar, 09:00", **params}
    return sms.render_message(to="", template="session_reminder", language=language, params=filled).text


@pytest.fixture
def browser(client_for, mara, clock):
    client = client_for(mara)
    client.cookies["django_language"] = "en"
    return client


# --- the rules ---


def test_written_text_holds_for_its_language_and_channel_alone(mara):
    before = sent_sms("zh-hans")
    write(mara)

    assert sent_sms() == "【Duologue】Come Thu 5 Mar, 09:00!"
    assert sent_sms("zh-hans") == before
    email = emails.render_email(to="", template="session_reminder", language="en", params={"day": "Thu"})
    assert email.subject == "Reminder: your session is on Thu"


def test_email_has_subject_and_words(mara, settings):
    write(mara, channel="email", subject="On {day}", body="{day}: {site}\nor {link}")

    email = emails.render_email(
        to="", template="session_reminder", language="en", params={"day": "Thu", "link": "L"}
    )

    assert (email.subject, email.body) == ("On Thu", f"Thu: {settings.SITE_URL}\nor L\n")


def test_latest_version_holds_and_the_earlier_stay(mara):
    write(mara)
    write(mara, body="Again {day}")
    assert sent_sms() == "【Duologue】Again Thu 5 Mar, 09:00"

    kind = known_kinds()["session_reminder"]
    text_edits.reset_text(kind, channel="sms", language="en", by=mara, now=NOW)

    assert written_text("session_reminder", "sms", "en") is None
    assert sent_sms().startswith("【Duologue】Reminder: your session is Thu 5 Mar")
    assert MessageText.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageText.objects.update(body="forged {day}")


def test_what_fills_a_place_is_not_read_again_and_no_template_runs():
    assert fill("{a} {b} {{ c }} {% d %} {", {"a": "{b}", "b": "x"}) == "{b} x {{ c }} {% d %} {"


def test_text_of_the_code_is_shown_with_places():
    assert default_text("code", "sms", "en") == (
        "",
        "Sign-in code {code}, good for 5 minutes. Tell it to nobody.",
    )


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"body": "  "}, "empty"),
        ({"channel": "email", "body": "{day}"}, "no_subject"),
        ({"channel": "email", "subject": "a\nBcc: x", "body": "{day}"}, "many_lines"),
        ({"body": "{day} {phone}"}, "unknown_place"),
        ({"body": "{day} {site}"}, "unknown_place"),
        ({"body": "Come!"}, "missing_place"),
        ({"template": "code", "body": "Hello"}, "missing_place"),
        ({"channel": "email", "subject": "On {day}", "body": "Come!"}, "missing_place"),
        ({"channel": "email", "subject": "{d", "body": "ay}"}, "missing_place"),
        ({"channel": "email", "subject": "x{phone}", "body": "{day}"}, "unknown_place"),
        ({"channel": "email", "subject": "x" * 121, "body": "{day}"}, "too_long"),
        ({"body": "{day}" + "字" * 500}, "too_long"),
        ({"body": "{day}" + "😀" * 240}, "too_long"),
        ({"channel": "email", "subject": "x", "body": "{day}" + "x" * 4000}, "too_long"),
    ],
)
def test_text_that_cannot_be_sent_is_refused(mara, told, code):
    with pytest.raises(ValidationError) as refusal:
        write(mara, **told)

    assert refusal.value.code == code
    assert not MessageText.objects.exists()


def test_halves_of_a_place_in_subject_and_words_are_words(mara):
    write(mara, channel="email", subject="On {da", body="y}: {day}")

    email = emails.render_email(to="", template="session_reminder", language="en", params={"day": "Thu"})
    assert (email.subject, email.body) == ("On {da", "y}: Thu\n")


def test_subject_stays_one_line_whatever_fills_it(mara):
    write(mara, template="sample_rejected", channel="email", subject="Why: {reasons}", body="{reasons}")

    reasons = "- Noise.\n- Echo.\r\nBcc: x@example.org"
    email = emails.render_email(to="", template="sample_rejected", language="en", params={"reasons": reasons})

    assert email.subject == "Why: - Noise. - Echo. Bcc: x@example.org"
    assert email.body == f"{reasons}\n"


def longest_of(kind, *, language):
    with translation.override(language):
        return {name: str(value) for name, value in kind.longest.items()}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "kind",
    [kind for kind in known_kinds().values() if "sms" in kind.channels],
    ids=lambda kind: kind.template,
)
def test_longest_text_that_passes_the_editor_is_sent(mara, kind, language):
    where = {"template": kind.template, "channel": "sms", "language": language}
    places = "".join(f"{{{name}}}" for name in kind.longest if name not in {"reasons"}) or "字"
    longest = longest_of(kind, language=language)
    free = sms.LONGEST_TEXT - measure_sms(sms.sign(fill(f"字{places}", longest))).units

    write(mara, **where, body="字" * (free + 1) + places)

    text = sms.render_message(to="", template=kind.template, language=language, params=longest).text
    assert measure_sms(text).units == sms.LONGEST_TEXT
    with pytest.raises(ValidationError) as refusal:
        write(mara, **where, body="字" * (free + 2) + places)
    assert refusal.value.code == "too_long"


@pytest.mark.parametrize("kind", known_kinds().values(), ids=lambda kind: kind.template)
def test_each_text_of_the_code_could_be_written_by_a_manager(kind):
    for channel in kind.channels:
        for language in ("en", "zh-hans"):
            subject, body = default_text(kind.template, channel, language)
            text_edits.check_text(kind, channel=channel, language=language, subject=subject, body=body)


# --- the pages ---


def test_manager_changes_a_text_and_goes_back(browser, mara):
    shown = browser.get(page()).content.decode()
    assert "Reminder: your session is {day}" in shown
    assert "{studio}" in shown

    assert browser.post(page(), {"wish": "save", "body": "Come {day} 😀"}).status_code == 302
    assert "Come Thu 31 Dec, 20:00 😀" in browser.get(LIST).content.decode()
    assert "changed here" in browser.get(LIST).content.decode()
    assert MessageText.objects.get().written_by == mara

    assert browser.post(page(), {"wish": "reset"}).status_code == 302
    assert "changed here" not in browser.get(LIST).content.decode()


@pytest.mark.parametrize("wish", ["look", "save", "reset"])
def test_preview_tells_the_parts_and_saves_nothing(browser, wish):
    answer = browser.post(page(), {"wish": wish, "body": "{day}" + "字" * 60}, headers={"HX-Request": "true"})

    words = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert "<html" not in words
    assert "2 parts · 87 characters (UCS-2) · 47 left in the last" in words
    assert not MessageText.objects.exists()


def test_refusal_keeps_what_was_typed(browser):
    answer = browser.post(page(), {"wish": "save", "body": "Come, {name}"})

    assert answer.status_code == 422
    assert "{name} is no place of this message." in answer.content.decode()
    assert "Come, {name}" in answer.content.decode()


def test_pages_are_for_managers_and_administrators(client_for, lin, oskar, ada):
    assert Client().get(page()).status_code == 302
    for person in (lin, oskar):
        assert client_for(person).get(page()).status_code == 403
        assert client_for(person).post(page(), {"wish": "reset"}).status_code == 403
    assert client_for(ada).get(page()).status_code == 200


@pytest.mark.parametrize("wrong", [("x", "sms", "en"), ("code", "email", "en"), ("code", "sms", "fr")])
def test_unknown_texts_are_not_found(browser, wrong):
    assert browser.get(page(*wrong)).status_code == 404
    assert browser.put(page()).status_code == 405


def test_list_costs_the_same_for_one_and_three_texts(browser, mara, django_assert_num_queries):
    write(mara)
    browser.get(LIST)
    with django_assert_num_queries(3):
        browser.get(LIST)
    write(mara, language="zh-hans")
    write(mara, template="booking_asked")
    with django_assert_num_queries(3):
        browser.get(LIST)
