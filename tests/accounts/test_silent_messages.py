"""Messages without an answer: asked about by our reference, again within a limit, and never sent blindly."""

from datetime import timedelta

import pytest

from accounts import delivery
from accounts.carriers import NoAnswer
from accounts.models import Message
from accounts.outbox import MessageRefused, settle_message
from tests.accounts.makers import (
    DeafBackend,
    ForgetfulBackend,
    history,
    make_message,
    use,
)
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("message_kinds")]


def test_message_without_an_answer_is_left_to_a_human(lin, settings):
    use(settings, DeafBackend)
    message = make_message(lin)

    for minutes in (0, 1, 9):
        assert delivery.deliver_due(now=NOW + timedelta(minutes=minutes)) == 0
    assert history(message) == ["waiting", "sending"]
    for minutes in (10, 11, 600):
        delivery.deliver_due(now=NOW + timedelta(minutes=minutes))

    assert history(message) == ["waiting", "sending", "unknown"]
    assert message.events.last().reason == "the provider did not answer"
    assert len(DeafBackend.taken) == 1


@pytest.mark.parametrize(("answer", "after"), [(True, ["sent"]), (False, ["waiting"]), (None, ["unknown"])])
def test_provider_that_can_be_asked_is_asked_by_our_reference(lin, settings, monkeypatch, answer, after):
    use(settings, ForgetfulBackend)
    monkeypatch.setattr(ForgetfulBackend, "answer", answer)
    message = make_message(lin)

    delivery.deliver_due(now=NOW)
    delivery.deliver_due(now=NOW + timedelta(minutes=10))

    assert history(message) == ["waiting", "sending", *after]
    assert len(DeafBackend.taken) == 1


@pytest.mark.parametrize("error", [NoAnswer("cut"), ZeroDivisionError("a bug")])
def test_provider_that_does_not_answer_is_asked_again_for_two_hours(lin, settings, monkeypatch, error):
    use(settings, ForgetfulBackend)
    monkeypatch.setattr(ForgetfulBackend, "answer", error)
    message = make_message(lin)
    delivery.deliver_due(now=NOW)

    asked_after = []
    for minutes in range(1, 120):
        delivery.deliver_due(now=NOW + timedelta(minutes=minutes))
        asked_after += [minutes] * (len(ForgetfulBackend.asked) - len(asked_after))
    assert (asked_after, history(message)) == (list(range(10, 120, 10)), ["waiting", "sending"])
    delivery.deliver_due(now=NOW + timedelta(minutes=120))

    assert history(message) == ["waiting", "sending", "unknown"]
    assert message.events.last().reason == "the provider did not answer"
    assert len(DeafBackend.taken) == 1


def test_provider_that_answers_at_last_is_believed(lin, settings, monkeypatch):
    use(settings, ForgetfulBackend)
    monkeypatch.setattr(ForgetfulBackend, "answer", NoAnswer("cut"))
    message = make_message(lin)
    for minutes in (0, 10):
        delivery.deliver_due(now=NOW + timedelta(minutes=minutes))

    monkeypatch.setattr(ForgetfulBackend, "answer", True)
    for minutes in (19, 20):
        delivery.deliver_due(now=NOW + timedelta(minutes=minutes))

    assert history(message) == ["waiting", "sending", "sent"]


def test_message_that_nobody_asked_about_for_a_day_is_asked_about_first(lin, settings):
    use(settings, ForgetfulBackend)
    message = make_message(lin)
    delivery.deliver_due(now=NOW)

    delivery.deliver_due(now=NOW + timedelta(days=1))

    assert history(message) == ["waiting", "sending", "sent"]


def test_provider_that_does_not_answer_keeps_no_other_message_from_its_question(
    lin, mei, settings, monkeypatch
):
    use(settings, ForgetfulBackend)
    monkeypatch.setattr(ForgetfulBackend, "answer", NoAnswer("cut"))
    first, second = make_message(lin, key="1"), make_message(mei, key="2")
    delivery.deliver_due(now=NOW)
    monkeypatch.setattr(delivery, "BATCH", 1)

    delivery.ask_about_silent(now=NOW + timedelta(minutes=10))
    monkeypatch.setattr(ForgetfulBackend, "answer", True)
    delivery.ask_about_silent(now=NOW + timedelta(minutes=11))

    assert [Message.objects.get(pk=one.pk).status for one in (first, second)] == ["sending", "sent"]


def test_attempt_after_a_certain_no_has_a_reference_of_its_own(lin, settings, monkeypatch):
    use(settings, ForgetfulBackend)
    monkeypatch.setattr(ForgetfulBackend, "answer", False)
    make_message(lin)

    for minutes in (0, 10, 11):
        delivery.deliver_due(now=NOW + timedelta(minutes=minutes))

    first, second = DeafBackend.taken
    assert first.reference != second.reference


def test_sender_that_comes_back_after_its_message_went_again_says_nothing(lin, mara, settings):
    use(settings, DeafBackend)
    message = make_message(lin)
    delivery.deliver_due(now=NOW)
    late = Message.objects.get()
    delivery.ask_about_silent(now=NOW + timedelta(minutes=10))
    settle_message(Message.objects.get(), outcome="again", by=mara, reason="x", now=NOW)
    delivery.deliver_due(now=NOW)

    with pytest.raises(MessageRefused) as refusal:
        delivery.end_attempt(late, now=NOW, reason="certainly not", may_retry=True)

    assert refusal.value.code == "moved"
    assert history(message)[-2:] == ["waiting", "sending"]


def test_asking_leaves_time_to_send(lin, mei, settings, monkeypatch):
    use(settings, DeafBackend)
    make_message(lin)
    delivery.deliver_due(now=NOW)
    monkeypatch.setattr(delivery, "LONGEST_ASKING", timedelta(0))
    settings.SMS_BACKEND = "accounts.sms.MemoryBackend"
    make_message(mei, key="next")

    assert delivery.deliver_due(now=NOW + timedelta(minutes=10)) == 1
    assert Message.objects.get(person=lin).status == "sending"
