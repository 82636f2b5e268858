"""
The outbox: what is to be told to whom, once, and what became of it.

A later app writes a row in the transaction that makes the news; `accounts/delivery.py`
sends it. The outbox knows none of those apps: each lists its kinds of messages in the
setting MESSAGE_KINDS. See docs/decisions/0016.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel, Message, MessageEvent, MessageStatus, Profile, User

# What a human sends again has a day to go, however old the news is.
SENT_AGAIN_LIVES = timedelta(days=1)

MOVES: dict[str, frozenset[str]] = {
    MessageStatus.WAITING: frozenset({MessageStatus.SENDING, MessageStatus.DROPPED}),
    MessageStatus.SENDING: frozenset(
        {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.WAITING, MessageStatus.UNKNOWN}
    ),
    MessageStatus.UNKNOWN: frozenset({MessageStatus.SENT, MessageStatus.WAITING, MessageStatus.DROPPED}),
    MessageStatus.FAILED: frozenset({MessageStatus.WAITING, MessageStatus.DROPPED}),
    MessageStatus.SENT: frozenset(),
    MessageStatus.DROPPED: frozenset(),
}
# What waits for a human.
STRANDED = [MessageStatus.FAILED, MessageStatus.UNKNOWN]
SETTLED_AS = {
    "arrived": MessageStatus.SENT,
    "again": MessageStatus.WAITING,
    "leave": MessageStatus.DROPPED,
}


class MessageRefused(ValidationError):
    """A message cannot be moved so: the words say why."""


class QuietHours(NamedTuple):
    """
    Full hours of the day between which nobody gets a message: from (in) to (out). Rule: R-25.

    They are those of the time zone named; "" is the studios' own (the setting TIME_ZONE).
    """

    from_hour: int
    to_hour: int
    zone: str = ""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """
    A kind of message: its template, its name for staff, and the channels that have the template.

    `longest` holds the longest parameters that can occur, by which an SMS is judged;
    what differs by language (a date) is lazy, as a label is. `examples` are what an editor
    is shown in their place. A text that a manager writes may use no other place, and must
    use those in `needs`.
    `check(message, now=…)` is asked just before sending and returns why not to send, "" to
    send. Only the e-mail that asks to confirm an address goes to one that is not confirmed.
    """

    template: str
    label: str | Promise
    channels: tuple[str, ...] = (Channel.SMS,)
    longest: dict[str, str | Promise] = field(default_factory=dict)
    examples: dict[str, str | Promise] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    check: Callable[..., str] | None = None
    is_to_unconfirmed: bool = False


def known_kinds() -> dict[str, Kind]:
    """Return every kind of message by its template, in the order of the setting."""
    return {kind.template: kind for path in settings.MESSAGE_KINDS for kind in import_string(path)}


@transaction.atomic
def post_message(
    person: User,
    *,
    channel: str,
    template: str,
    key: str,
    params: dict[str, str],
    now: datetime,
    expires_at: datetime,
    not_before: datetime | None = None,
    quiet: QuietHours | None = None,
) -> Message | None:
    """
    Write the message into the outbox; return it, or None when its `key` was written before.

    It goes at `not_before` (at once without one), after the quiet hours, and never from
    `expires_at` on. The language is the one the person reads now. Raise ValueError for
    a template that no kind has for this channel. Rule: R-25.
    """
    kind = known_kinds().get(template)
    if kind is None or channel not in kind.channels:
        raise ValueError(f"no kind of message has the template {template} for {channel}")
    row = {
        "person": person,
        "channel": Channel(channel).value,
        "template": template,
        "language": language_of(person),
        "sealed_params": json.dumps(params, ensure_ascii=False),
        "written_at": now,
        "not_before": quiet_end(not_before or now, quiet=quiet),
        "expires_at": expires_at,
        "quiet_from_hour": quiet.from_hour if quiet else None,
        "quiet_to_hour": quiet.to_hour if quiet else None,
        "quiet_zone": quiet.zone if quiet else "",
    }
    message, is_new = Message.objects.get_or_create(key=key, defaults=row)
    if not is_new:
        return None
    MessageEvent.objects.create(message=message, old="", new=message.status, at=now)
    return message


def language_of(person: User) -> str:
    """Return the language in which the person is told things."""
    return person.language or settings.LANGUAGES[0][0]


def channels_of(person: User) -> list[str]:
    """Return the channels on which the person is told things: SMS, and e-mail with a confirmed address."""
    confirmed = Profile.objects.filter(user=person, email_verified_at__isnull=False).exclude(email="")
    return [Channel.SMS, Channel.EMAIL] if confirmed.exists() else [Channel.SMS]


@transaction.atomic
def move_message(
    message: Message,
    to: str,
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    reason_params: Mapping[str, str | int] | None = None,
    **figures: Any,
) -> None:
    """
    Move the message to a state, write `figures` with it, and log the event with its reason.

    Raise ValueError for a move that MOVES does not have, and
    MessageRefused(code="moved") when somebody else has moved it meanwhile: a sender that
    comes back after its message was given up and sent again says nothing of that attempt.
    """
    old = message.status
    if to not in MOVES[old]:
        raise ValueError(f"a message does not go from {old} to {to}")
    same = Message.objects.filter(
        pk=message.pk, status=old, attempts=message.attempts, reference=message.reference
    )
    if not same.update(status=to, **figures):
        raise MessageRefused(_("Somebody else has settled this message meanwhile."), code="moved")
    message.status = to
    for name, value in figures.items():
        setattr(message, name, value)
    MessageEvent.objects.create(
        message=message,
        old=old,
        new=to,
        by=by,
        at=now,
        reason=reason[:300],
        reason_params=reason_params or None,
    )


def settle_message(message: Message, *, outcome: str, by: User, reason: str, now: datetime) -> None:
    """
    Let a human decide what the machine could not: it "arrived", send it "again", or "leave" it.

    Sent again, it has a day to go and is checked like a new one. Raise MessageRefused:
    "reason_needed"; "outcome" for what this state does not allow; "moved".
    """
    if not reason.strip():
        raise MessageRefused(_("Write how you know, or why."), code="reason_needed")
    if message.status not in STRANDED or SETTLED_AS.get(outcome) not in MOVES[message.status]:
        raise MessageRefused(_("This cannot be said of this message."), code="outcome")
    figures: dict[str, Any] = {}
    if outcome == "again":
        figures = {
            "attempts": 0,
            "not_before": quiet_end(now, quiet=quiet_hours_of(message)),
            "expires_at": max(message.expires_at, now + SENT_AGAIN_LIVES),
        }
    move_message(message, SETTLED_AS[outcome], by=by, now=now, reason=reason.strip(), **figures)


def quiet_hours_of(message: Message) -> QuietHours | None:
    """Return the quiet hours that the message keeps, None when it keeps none."""
    if message.quiet_from_hour is None or message.quiet_to_hour is None:
        return None
    return QuietHours(message.quiet_from_hour, message.quiet_to_hour, message.quiet_zone)


def quiet_end(at: datetime, *, quiet: QuietHours | None) -> datetime:
    """Return `at`, or the end of the quiet hours that it falls into. Equal hours mean none. Rule: R-25."""
    if quiet is None:
        return at
    local = timezone.localtime(at, ZoneInfo(quiet.zone) if quiet.zone else None)
    first, end, _zone = quiet
    is_in = first <= local.hour < end if first <= end else local.hour >= first or local.hour < end
    if not is_in:
        return at
    ends_at = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return ends_at if ends_at > local else ends_at + timedelta(days=1)


def next_quiet_start(at: datetime, *, quiet: QuietHours) -> datetime | None:
    """Return when the quiet hours begin next after `at`, None when there are none. Rule: R-25."""
    if quiet.from_hour == quiet.to_hour:
        return None
    local = timezone.localtime(at, ZoneInfo(quiet.zone) if quiet.zone else None)
    begins_at = local.replace(hour=quiet.from_hour, minute=0, second=0, microsecond=0)
    return begins_at if begins_at > local else begins_at + timedelta(days=1)
