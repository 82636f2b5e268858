import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django_q.models import OrmQ

from accounts import codes, sms
from accounts.codes import CodeRefused, TooManyCodes
from accounts.fields import keyed_hash
from accounts.models import OneTimeCode

PHONE = "+8613800138000"
pytestmark = pytest.mark.django_db


def ask(now, *, phone=PHONE, address="10.0.0.1"):
    return codes.request_code(phone, address=address, language="en", now=now)


def digits_of(outbox):
    return outbox()[-1].params["code"]


def wrong(digits):
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def test_code_opens_once(now, outbox):
    row = ask(now)
    codes.use_code(row.pk, phone=PHONE, typed=digits_of(outbox), now=now)
    row.refresh_from_db()
    assert (row.used_at, row.wrong_tries) == (now, 0)
    with pytest.raises(CodeRefused) as refusal:
        codes.use_code(row.pk, phone=PHONE, typed=digits_of(outbox), now=now)
    assert refusal.value.code == "old"


def test_code_is_six_digits_in_a_message_of_one_part(now, outbox):
    ask(now)
    [message] = outbox()
    assert message.to == PHONE
    assert len(message.params["code"]) == 6
    assert message.params["code"].isdigit()
    said = f"Sign-in code {message.params['code']}, good for 5 minutes. Tell it to nobody."
    assert message.text == f"【Duologue】{said}"
    assert sms.count_parts(message.text) == 1


def test_code_is_taken_in_full_width_digits_and_groups(now, outbox):
    row = ask(now)
    digits = digits_of(outbox)
    full_width = "".join(chr(ord("０") + int(digit)) for digit in digits)
    codes.use_code(row.pk, phone=PHONE, typed=f" {full_width[:3]} {full_width[3:]} ", now=now)


def test_code_lives_five_minutes(now, outbox):
    row = ask(now)
    digits = digits_of(outbox)
    with pytest.raises(CodeRefused) as refusal:
        codes.use_code(row.pk, phone=PHONE, typed=digits, now=now + timedelta(minutes=5))
    assert refusal.value.code == "old"
    codes.use_code(row.pk, phone=PHONE, typed=digits, now=now + timedelta(minutes=4, seconds=59))


def test_code_survives_four_wrong_tries(now, outbox):
    row = ask(now)
    digits = digits_of(outbox)
    for _try in range(4):
        with pytest.raises(CodeRefused) as refusal:
            codes.use_code(row.pk, phone=PHONE, typed=wrong(digits), now=now)
        assert refusal.value.code == "wrong"
    codes.use_code(row.pk, phone=PHONE, typed=digits, now=now)


def test_code_dies_after_five_wrong_tries(now, outbox):
    row = ask(now)
    digits = digits_of(outbox)
    for _try in range(5):
        with pytest.raises(CodeRefused):
            codes.use_code(row.pk, phone=PHONE, typed=wrong(digits), now=now)
    with pytest.raises(CodeRefused) as refusal:
        codes.use_code(row.pk, phone=PHONE, typed=digits, now=now)
    assert refusal.value.code == "tries"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "９" * 500])
def test_code_of_another_shape_is_a_wrong_one(now, typed):
    row = ask(now)
    with pytest.raises(CodeRefused) as refusal:
        codes.use_code(row.pk, phone=PHONE, typed=typed, now=now)
    assert refusal.value.code == "wrong"


def test_code_of_another_number_opens_nothing(now, outbox):
    row = ask(now)
    with pytest.raises(CodeRefused) as refusal:
        codes.use_code(row.pk, phone="+8613900139000", typed=digits_of(outbox), now=now)
    assert refusal.value.code == "old"


def test_code_is_asked_for_once_a_minute(now):
    ask(now)
    with pytest.raises(TooManyCodes) as refusal:
        ask(now + timedelta(seconds=59))
    assert refusal.value.code == "phone_limit"
    assert refusal.value.wait == timedelta(seconds=1)
    assert refusal.value.messages == ["A code was sent a moment ago. Ask for the next one in 1 s."]
    ask(now + timedelta(seconds=60))


def test_code_is_asked_for_five_times_an_hour(now):
    for minute in range(5):
        ask(now + timedelta(minutes=minute))
    with pytest.raises(TooManyCodes) as refusal:
        ask(now + timedelta(minutes=59, seconds=59))
    assert refusal.value.code == "phone_limit"
    ask(now + timedelta(minutes=60))


def test_code_limit_says_how_many_minutes_to_wait(now):
    for minute in range(5):
        ask(now + timedelta(minutes=minute))
    with pytest.raises(TooManyCodes) as refusal:
        ask(now + timedelta(minutes=10))
    assert refusal.value.messages == ["Too many codes were asked for. Try again in 50 minutes."]


def test_code_is_asked_for_ten_times_a_day(now):
    for hour in range(10):
        ask(now + timedelta(hours=hour))
    with pytest.raises(TooManyCodes) as refusal:
        ask(now + timedelta(hours=23, minutes=59))
    assert refusal.value.code == "phone_limit"
    ask(now + timedelta(hours=24))


def test_code_is_asked_for_ten_times_a_minute_from_an_address(now):
    for number in range(10):
        ask(now, phone=f"+861380013800{number}")
    with pytest.raises(TooManyCodes) as refusal:
        ask(now, phone=PHONE.replace("138", "139"))
    assert refusal.value.code == "address_limit"
    ask(now, phone=PHONE.replace("138", "139"), address="10.0.0.2")


def test_addresses_of_one_ipv6_subscriber_share_a_limit(now):
    for number in range(10):
        ask(now, phone=f"+861380013800{number}", address=f"2001:db8:0:1::{number}")
    with pytest.raises(TooManyCodes) as refusal:
        ask(now, phone="+8613900139000", address="2001:db8:0:1:ffff::1")
    assert refusal.value.code == "address_limit"
    ask(now, phone="+8613900139000", address="2001:db8:0:2::1")


def test_code_of_a_known_number_is_answered_as_that_of_an_unknown_one(now, lin, outbox):
    known, unknown = ask(now, phone=lin.phone), ask(now)
    first, second = outbox()
    assert (first.template, len(first.text)) == (second.template, len(second.text))
    assert (known.expires_at, known.serial) == (unknown.expires_at, unknown.serial)


def test_two_requests_at_one_moment_send_one_code(now):
    row = ask(now)
    with pytest.raises(IntegrityError):
        OneTimeCode.objects.create(
            phone_hash=row.phone_hash, serial=row.serial, sent_at=now, expires_at=now + codes.LIFETIME
        )


def test_code_is_nowhere_in_clear(now, outbox, caplog):
    caplog.set_level(logging.DEBUG)
    row = ask(now)
    waiting = OrmQ.objects.get()
    [message] = outbox()
    digits = message.params["code"]
    stored = " ".join(str(value) for value in OneTimeCode.objects.values_list().get(pk=row.pk))
    for text in (
        stored,
        str(waiting.task["args"]),
        str(waiting.task["kwargs"]),
        waiting.payload,
        caplog.text,
    ):
        assert digits not in text
        assert PHONE[3:] not in text
    assert row.code_hash != keyed_hash(digits)


def test_message_that_waited_too_long_is_not_sent(now, clock, outbox):
    ask(clock())
    clock.advance(minutes=5)
    assert outbox() == []


def test_sent_message_leaves_no_row(now, clock, outbox):
    ask(clock())
    assert len(outbox()) == 1
    assert not OrmQ.objects.exists()


def test_purge_keeps_what_a_limit_still_counts(now):
    ask(now - timedelta(days=1))
    kept = ask(now - timedelta(hours=23))
    assert codes.purge_codes(now=now) == 1
    assert list(OneTimeCode.objects.all()) == [kept]
