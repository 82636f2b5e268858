"""The outbox: the same news once, the quiet hours, the moves, a human's last word."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Message, MessageEvent
from accounts.outbox import (
    MOVES,
    MessageRefused,
    QuietHours,
    known_kinds,
    move_message,
    post_message,
    quiet_end,
    settle_message,
)
from tests.accounts.makers import NIGHT, make_message
from tests.factories import NOW, SHANGHAI

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("message_kinds")]


def at(hour, minute=0, second=0, *, day=2):
    return datetime(2026, 3, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "end"),
    [
        (at(20, 59, 59), at(20, 59, 59)),
        (at(21), at(8, day=3)),
        (at(23, 59, 59), at(8, day=3)),
        (at(0), at(8)),
        (at(7, 59, 59), at(8)),
        (at(8), at(8)),
    ],
)
def test_quiet_end_of_a_night(moment, end):
    assert quiet_end(moment, quiet=NIGHT) == end


@pytest.mark.parametrize(
    ("quiet", "moment", "end"),
    [
        (QuietHours(12, 14), at(11, 59), at(11, 59)),
        (QuietHours(12, 14), at(12), at(14)),
        (QuietHours(12, 14), at(14), at(14)),
        (QuietHours(0, 0), at(0), at(0)),
        (None, at(23), at(23)),
    ],
)
def test_quiet_end_of_other_hours(quiet, moment, end):
    assert quiet_end(moment, quiet=quiet) == end


def test_message_is_written_once_for_a_key(lin):
    first = make_message(lin, quiet=NIGHT, now=at(22))

    assert first.not_before == at(8, day=3)
    assert first.params == {"code": "123456"}
    assert first.language == "zh-hans"
    with pytest.raises(AssertionError):
        make_message(lin, now=at(23))
    assert list(Message.objects.values_list("key", "written_at")) == [("news", at(22))]
    assert list(MessageEvent.objects.values_list("old", "new", "at")) == [("", "waiting", at(22))]


def test_message_keeps_its_parameters_sealed(lin):
    message = make_message(lin)

    (stored,) = Message.objects.extra(select={"raw": "sealed_params"}).values_list("raw", flat=True)

    assert message.sealed_params == '{"code": "123456"}'
    assert "123456" not in stored


@pytest.mark.parametrize(("template", "channel"), [("nothing", "sms"), ("confirm_email", "sms")])
def test_message_of_no_kind_is_a_callers_mistake(lin, template, channel):
    with pytest.raises(ValueError, match="no kind of message"):
        post_message(lin, channel=channel, template=template, key="k", params={}, now=NOW, expires_at=NOW)


@pytest.mark.parametrize("old", list(MOVES))
def test_message_moves_only_as_the_table_says(lin, old):
    for new in MOVES:
        message = make_message(lin, key=f"{old}-{new}")
        Message.objects.filter(pk=message.pk).update(status=old, reference=f"{old}-{new}")
        message.refresh_from_db()
        if new in MOVES[old]:
            move_message(message, new, by=None, now=NOW)
            assert Message.objects.get(pk=message.pk).status == new
        else:
            with pytest.raises(ValueError, match=f"does not go from {old} to {new}"):
                move_message(message, new, by=None, now=NOW)


def test_message_moved_meanwhile_is_refused(lin):
    message, same = make_message(lin), Message.objects.get()
    move_message(same, "dropped", by=None, now=NOW)

    with pytest.raises(MessageRefused) as refusal:
        move_message(message, "dropped", by=None, now=NOW)

    assert refusal.value.code == "moved"


def stranded(person, status):
    message = make_message(person, quiet=NIGHT)
    Message.objects.filter(pk=message.pk).update(status=status, reference="r", attempts=4)
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    ("status", "outcome", "new"),
    [
        ("unknown", "arrived", "sent"),
        ("unknown", "again", "waiting"),
        ("unknown", "leave", "dropped"),
        ("failed", "again", "waiting"),
        ("failed", "leave", "dropped"),
    ],
)
def test_human_settles_with_a_reason(lin, mara, status, outcome, new):
    message = stranded(lin, status)

    settle_message(message, outcome=outcome, by=mara, reason=" asked the provider ", now=at(9, day=9))

    event = message.events.last()
    assert (event.old, event.new, event.by, event.reason) == (status, new, mara, "asked the provider")
    assert Message.objects.get().status == new


def test_message_sent_again_has_new_attempts_and_a_day_and_keeps_the_quiet_hours(lin, mara):
    message = stranded(lin, "failed")

    settle_message(message, outcome="again", by=mara, reason="now it works", now=at(22, day=9))

    message.refresh_from_db()
    assert (message.attempts, message.not_before, message.expires_at) == (0, at(8, day=10), at(22, day=10))


@pytest.mark.parametrize(
    ("status", "outcome", "reason", "code"),
    [
        ("unknown", "arrived", " ", "reason_needed"),
        ("failed", "arrived", "why", "outcome"),
        ("failed", "nonsense", "why", "outcome"),
        ("failed", "", "why", "outcome"),
        ("sending", "again", "why", "outcome"),
        ("sent", "again", "why", "outcome"),
        ("waiting", "leave", "why", "outcome"),
    ],
)
def test_human_cannot_settle_so(lin, mara, status, outcome, reason, code):
    message = stranded(lin, status)

    with pytest.raises(MessageRefused) as refusal:
        settle_message(message, outcome=outcome, by=mara, reason=reason, now=NOW + timedelta(days=1))

    assert refusal.value.code == code
    assert Message.objects.get().status == status


def test_kinds_of_the_product_are_known(settings):
    settings.MESSAGE_KINDS = ["accounts.codes.KINDS", "accounts.addresses.KINDS"]

    assert list(known_kinds()) == ["code", "confirm_email"]
