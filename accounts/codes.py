"""One-time codes: sent to a number, good for five minutes, one use and five tries. Rule: R-2."""

import secrets
import unicodedata
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts import sms
from accounts.fields import keyed_hash
from accounts.models import OneTimeCode
from accounts.outbox import Kind

CODE_DIGITS = 6
LIFETIME = timedelta(minutes=5)
MAX_TRIES = 5

# How many codes in how long; the first pair is the pause that the page counts down. Source: Aliyun's own limits.
PHONE_LIMITS = ((1, timedelta(minutes=1)), (5, timedelta(hours=1)), (10, timedelta(days=1)))
# A studio or a campus shares one address: enough for a room full of people, too little for a flood.
ADDRESS_LIMITS = ((10, timedelta(minutes=1)), (40, timedelta(hours=1)), (200, timedelta(days=1)))

# Sent past the outbox, which keeps what it sends: here so that the managers' list of texts is whole.
KINDS = [Kind(template="code", label=_("Sign-in code"), longest={"code": "0" * CODE_DIGITS}, needs=("code",))]


class TooManyCodes(ValidationError):
    """No code is sent now. `wait` says for how long."""

    def __init__(self, *, code: str, wait: timedelta) -> None:
        self.wait = wait
        seconds = max(1, round(wait.total_seconds()))
        if seconds <= 60:
            message = _("A code was sent a moment ago. Ask for the next one in %(seconds)d s.")
        else:
            message = _("Too many codes were asked for. Try again in %(minutes)d minutes.")
        super().__init__(message, code=code, params={"seconds": seconds, "minutes": -(-seconds // 60)})


class CodeRefused(ValidationError):
    """The code opens nothing: wrong, old, used, or tried too often."""


def request_code(phone: str, *, address: str, language: str, now: datetime) -> OneTimeCode:
    """
    Send a new code to an E.164 number, known or unknown alike.

    Raise TooManyCodes(code="phone_limit" or "address_limit") when the number or
    the network address had its share; of two requests at one moment one is
    refused. The code itself is only in the sealed message. Rule: R-2.
    """
    phone_hash, address_hash = keyed_hash(f"phone|{phone}"), keyed_hash(f"address|{_network_of(address)}")
    to_phone = OneTimeCode.objects.filter(phone_hash=phone_hash)
    from_address = OneTimeCode.objects.filter(address_hash=address_hash)
    if wait := _time_to_wait(to_phone, PHONE_LIMITS, now=now):
        raise TooManyCodes(code="phone_limit", wait=wait)
    if wait := _time_to_wait(from_address, ADDRESS_LIMITS, now=now):
        raise TooManyCodes(code="address_limit", wait=wait)
    digits = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    try:
        return _store_and_send(
            phone, digits, phone_hash=phone_hash, address_hash=address_hash, language=language, now=now
        )
    except IntegrityError as error:
        raise TooManyCodes(code="phone_limit", wait=PHONE_LIMITS[0][1]) from error


def _network_of(address: str) -> str:
    """Return whom a limit holds: an IPv4 address, or the /64 that one IPv6 subscriber has to himself."""
    parsed = ip_address(address)
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


@transaction.atomic
def _store_and_send(
    phone: str, digits: str, *, phone_hash: str, address_hash: str, language: str, now: datetime
) -> OneTimeCode:
    """Write the code's row and queue its message. Raise IntegrityError when another request came first."""
    serials = OneTimeCode.objects.filter(phone_hash=phone_hash).order_by("-serial")
    serial = (serials.values_list("serial", flat=True).first() or 0) + 1
    row = OneTimeCode.objects.create(
        phone_hash=phone_hash,
        serial=serial,
        address_hash=address_hash,
        code_hash=_hash_code(digits, phone_hash=phone_hash, serial=serial),
        sent_at=now,
        expires_at=now + LIFETIME,
    )
    sms.queue_message(
        to=phone, template="code", language=language, params={"code": digits}, expires_at=row.expires_at
    )
    return row


def _time_to_wait(
    sent: QuerySet[OneTimeCode], limits: tuple[tuple[int, timedelta], ...], *, now: datetime
) -> timedelta:
    """Return how long until every limit lets one more code through; zero when all do."""
    waits = [timedelta(0)]
    for count, span in limits:
        newest_first = sent.filter(sent_at__gt=now - span).order_by("-sent_at")
        filling_at = newest_first.values_list("sent_at", flat=True)[count - 1 : count].first()
        if filling_at is not None:
            waits.append(filling_at + span - now)
    return max(waits)


def use_code(row_id: int, *, phone: str, typed: str, now: datetime) -> None:
    """
    Use up the code that `request_code` sent to `phone`, when `typed` is that code.

    Raise CodeRefused: "wrong", "old" (five minutes are over, or used), "tries" (five
    wrong ones). A try is paid before the look, so that no burst of guesses sees
    more than five; of two right ones at once only the first counts. Rule: R-2.
    """
    phone_hash = keyed_hash(f"phone|{phone}")
    rows = OneTimeCode.objects.filter(pk=row_id, phone_hash=phone_hash, used_at=None, expires_at__gt=now)
    row = rows.first()
    if row is None:
        raise CodeRefused(_("This code is too old or was used. Ask for a new one."), code="old")
    if not rows.filter(wrong_tries__lt=MAX_TRIES).update(wrong_tries=F("wrong_tries") + 1):
        raise CodeRefused(_("This code was tried too often. Ask for a new one."), code="tries")
    if not constant_time_compare(
        row.code_hash, _hash_code(clean_code(typed), phone_hash=phone_hash, serial=row.serial)
    ):
        raise CodeRefused(_("This is not the code. Look at the message again."), code="wrong")
    if not rows.update(used_at=now, wrong_tries=F("wrong_tries") - 1):
        raise CodeRefused(_("This code is too old or was used. Ask for a new one."), code="old")


def clean_code(typed: str) -> str:
    """Return the typed code without blanks and hyphens, in plain digits (`１２３ 456` is `123456`)."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isalnum())


def may_ask_again_at(row: OneTimeCode) -> datetime:
    """Return when the next code may be sent to the number of this one."""
    return row.sent_at + PHONE_LIMITS[0][1]


def purge_codes(*, now: datetime) -> int:
    """Delete the codes that no limit counts any more; return how many."""
    longest = max(span for _count, span in (*PHONE_LIMITS, *ADDRESS_LIMITS))
    return OneTimeCode.objects.filter(sent_at__lte=now - longest).delete()[0]


def _hash_code(digits: str, *, phone_hash: str, serial: int) -> str:
    """Return the keyed digest under which a code is kept: a plain one falls to a million guesses."""
    return keyed_hash(f"code|{phone_hash}|{serial}|{digits}")
