"""Delivery: each message once; a certain no again, an unknown fate never."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import delivery, invariants, sms
from accounts.carriers import NoAnswer
from accounts.models import Message, User
from accounts.outbox import move_message
from tests.accounts.makers import (
    NIGHT,
    OBJECTIONS,
    BusyBackend,
    DeafBackend,
    history,
    make_message,
    use,
)
from tests.factories import NOW, SHANGHAI, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("message_kinds")]


def test_due_message_is_sent_once(lin):
    message = make_message(lin)

    assert (delivery.deliver_due(now=NOW), delivery.deliver_due(now=NOW)) == (1, 0)

    message.refresh_from_db()
    (sent,) = sms.MemoryBackend.sent
    assert (sent.to, sent.reference) == (lin.phone, message.reference)
    assert (message.status, message.provider_id, message.attempts) == ("sent", "memory-1", 1)
    assert history(message) == ["waiting", "sending", "sent"]
    assert invariants.broken_messages() == []


def test_message_waits_for_its_time(lin):
    make_message(lin, not_before=NOW + timedelta(minutes=5))

    assert delivery.deliver_due(now=NOW + timedelta(minutes=4, seconds=59)) == 0
    assert delivery.deliver_due(now=NOW + timedelta(minutes=5)) == 1


@pytest.mark.parametrize(
    ("hour", "minute", "sent"), [(20, 59, 0), (20, 58, 1), (21, 0, 0), (7, 59, 0), (8, 0, 1)]
)
def test_run_that_came_late_keeps_the_quiet_hours(lin, hour, minute, sent):
    make_message(lin, quiet=NIGHT, now=NOW, expires_at=NOW + timedelta(days=3))
    moment = datetime(2026, 3, 3, hour, minute, 30 if minute else 0, tzinfo=SHANGHAI)

    assert delivery.deliver_due(now=moment) == sent
    if not sent:
        morning = moment.replace(hour=8, minute=0, second=0) + timedelta(days=hour > 8)
        assert Message.objects.get().not_before == morning
        assert delivery.deliver_due(now=morning) == 1


def close(person):
    User.objects.filter(pk=person.pk).update(is_active=False)


def erase(person):
    User.objects.filter(pk=person.pk).update(phone=None)


def objects(person):
    OBJECTIONS["news"] = "read already"


@pytest.mark.parametrize(
    ("happens", "later", "reason"),
    [
        (lambda person: None, timedelta(days=1), "too late for this news"),
        (close, timedelta(0), "the account is closed"),
        (erase, timedelta(0), "no address to send it to"),
        (objects, timedelta(0), "read already"),
    ],
)
def test_message_is_checked_and_not_sent(lin, happens, later, reason):
    message = make_message(lin)
    happens(lin)

    assert delivery.deliver_due(now=NOW + later) == 0

    assert (history(message), message.events.last().reason) == (["waiting", "dropped"], reason)
    assert sms.MemoryBackend.sent == []


def test_message_a_second_before_its_end_is_sent(lin):
    make_message(lin)

    assert delivery.deliver_due(now=NOW + timedelta(days=1, seconds=-1)) == 1


def test_message_of_a_kind_that_is_no_more_is_dropped(lin, settings):
    message = make_message(lin)
    settings.MESSAGE_KINDS = []

    delivery.deliver_due(now=NOW)

    assert message.events.last().reason == "no such kind of message any more"


def test_certain_no_is_tried_again_later_and_later_then_fails(lin, settings):
    use(settings, BusyBackend)
    message, moment, waits = make_message(lin, expires_at=NOW + timedelta(days=9)), NOW, []

    for _attempt in range(4):
        delivery.deliver_due(now=moment)
        message.refresh_from_db()
        waits.append((message.not_before - moment).total_seconds() if message.status == "waiting" else None)
        moment = message.not_before

    assert waits == [60, 600, 3600, None]
    assert (message.status, message.attempts) == ("failed", 4)
    assert history(message) == ["waiting", *["sending", "waiting"] * 3, "sending", "failed"]
    assert message.events.last().reason == "busy"


def test_final_no_is_not_tried_again(lin, settings, monkeypatch):
    use(settings, BusyBackend)
    monkeypatch.setattr(BusyBackend, "may_retry", False)
    message = make_message(lin)

    delivery.deliver_due(now=NOW)

    assert history(message) == ["waiting", "sending", "failed"]


def test_retry_keeps_the_quiet_hours(lin, settings):
    use(settings, BusyBackend)
    evening = NOW.replace(hour=20, minute=58)
    make_message(lin, quiet=NIGHT, now=NOW)
    Message.objects.update(attempts=1)

    delivery.deliver_due(now=evening)

    assert Message.objects.get().not_before == NOW.replace(hour=8) + timedelta(days=1)


def test_message_that_somebody_else_claimed_is_left_to_them(lin):
    message = make_message(lin)
    stale = Message.objects.select_related("person__profile").get()
    move_message(message, "sending", by=None, now=NOW, attempts=1, claimed_at=NOW, reference="theirs")

    assert delivery.deliver_message(stale, now=NOW) is False
    assert sms.MemoryBackend.sent == []


def test_text_that_cannot_be_written_fails_at_once(lin):
    message = make_message(lin, params={"code": "9" * 500})

    delivery.deliver_due(now=NOW)

    assert history(message) == ["waiting", "sending", "failed"]
    failed = message.events.last()
    length = failed.reason_params["length"]
    assert length > sms.LONGEST_TEXT
    assert failed.told_reason == f"the text has {length} characters, more than a message can hold"


def test_message_whose_text_is_missing_fails_at_once(lin):
    message = make_message(lin)
    Message.objects.update(language="fr")

    delivery.deliver_due(now=NOW)

    assert history(message) == ["waiting", "sending", "failed"]
    assert message.events.last().reason == "its text is missing or broken"


@pytest.mark.parametrize("breaks", ["check", "row"])
def test_message_that_breaks_stands_before_nobody(lin, mei, caplog, breaks):
    broken, whole = make_message(lin, key="broken"), make_message(mei, key="whole")
    if breaks == "check":
        OBJECTIONS["broken"] = ZeroDivisionError(f"told of {lin.phone}")
    else:
        with connection.cursor() as cursor:
            sql = "UPDATE accounts_message SET sealed_params = 'torn' WHERE id = %s"
            cursor.execute(sql, [broken.pk])

    assert delivery.deliver_due(now=NOW) == 1

    assert (history(broken), history(whole)) == (["waiting"], ["waiting", "sending", "sent"])
    assert Message.objects.defer("sealed_params").get(key="broken").not_before == NOW + delivery.BROKEN_FOR
    assert f"message {broken.pk} broke" in caplog.text
    assert lin.phone not in caplog.text


@pytest.mark.parametrize(
    ("error", "logged"), [(NoAnswer, "has no answer"), (ZeroDivisionError, "broke: ZeroDivisionError")]
)
def test_what_a_provider_says_is_not_logged(lin, mei, settings, monkeypatch, caplog, error, logged):
    use(settings, DeafBackend)
    monkeypatch.setattr(DeafBackend, "error", error)
    message, other = make_message(lin, key="a"), make_message(mei, key="b")

    delivery.deliver_due(now=NOW)

    assert [history(one) for one in (message, other)] == [["waiting", "sending"]] * 2
    assert f"message {message.pk} {logged}" in caplog.text
    assert lin.phone not in caplog.text


def test_person_who_went_during_a_run_gets_nothing(lin, mei, settings, monkeypatch):
    use(settings, BusyBackend)
    first, second = make_message(lin, key="1"), make_message(mei, key="2")
    monkeypatch.setattr(BusyBackend, "meanwhile", lambda: close(mei))

    delivery.deliver_due(now=NOW)

    assert (history(first)[-1], history(second)) == ("waiting", ["waiting", "dropped"])


def test_run_that_takes_long_starts_nothing_new(lin, monkeypatch):
    make_message(lin)
    monkeypatch.setattr(delivery, "LONGEST_RUN", timedelta(0))

    assert delivery.deliver_due(now=NOW) == 0
    assert Message.objects.get().status == "waiting"


def test_run_costs_the_same_before_each_message(lin, mei, stranger):
    def cost(*people):
        for person in people:
            make_message(person, key=f"{person.pk}-{len(people)}")
        with CaptureQueriesContext(connection) as queries:
            delivery.deliver_due(now=NOW)
        return len(queries)

    none, one, three = cost(), cost(lin), cost(lin, mei, stranger)

    assert three - none == 3 * (one - none)


def test_run_takes_a_hundred_and_the_next_one_the_rest(lin):
    for number in range(delivery.BATCH + 1):
        make_message(lin, key=str(number))

    assert [delivery.deliver_due(now=NOW) for _run in range(3)] == [100, 1, 0]
    assert len({message.reference for message in sms.MemoryBackend.sent}) == 101


def test_sweep_finds_what_must_not_be(lin):
    whole, loud = make_message(lin, key="a"), make_message(lin, template="code", key="b")
    Message.objects.filter(pk=whole.pk).update(status="dropped")
    Message.objects.filter(pk=loud.pk).update(
        quiet_from_hour=21, quiet_to_hour=8, claimed_at=NOW.replace(hour=21)
    )

    assert invariants.broken_messages() == [
        f"message {whole.pk} is dropped, its log says waiting",
        f"message {loud.pk} left in the quiet hours",
    ]


def test_sweep_lets_the_evening_and_the_morning_be(lin):
    for hour, minute in [(20, 59), (8, 0)]:
        message = make_message(make_person(), key=str(hour))
        Message.objects.filter(pk=message.pk).update(
            quiet_from_hour=21, quiet_to_hour=8, claimed_at=NOW.replace(hour=hour, minute=minute)
        )

    assert invariants.broken_messages() == []
