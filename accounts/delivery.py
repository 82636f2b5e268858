"""
Delivering the outbox: each message once, whatever dies on the way.

A provider's call is not idempotent. So a message is claimed before the call (one
compare-and-swap, our reference stored with it), and what has no answer is never sent
again by the machine: a backend that can be asked is asked, all else waits for a human.
"""

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import QuerySet
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.utils.translation import gettext_noop

from accounts import emails, sms
from accounts.apart import do_apart
from accounts.carriers import NoAnswer, NotSent
from accounts.emails import Email
from accounts.models import Channel, Message, MessageStatus
from accounts.outbox import MessageRefused, known_kinds, move_message, quiet_end, quiet_hours_of
from accounts.sms import AnsweringBackend, chosen_backend

logger = logging.getLogger(__name__)

# One run takes this many and starts no new one after this long: the queue kills a task at two minutes.
BATCH = 100
LONGEST_RUN = timedelta(seconds=50)
# Of that, asking what became of the silent ones: a provider that answers nothing must not keep all else waiting.
LONGEST_ASKING = timedelta(seconds=20)
# What breaks, or is asked about in vain, comes last for so long.
BROKEN_FOR = timedelta(minutes=10)
# Twice the time after which the queue would have killed the task, and then some: nobody is still at it.
SILENT_AFTER = timedelta(minutes=10)
# Every ten minutes; a provider that is gone for longer has a human look at what it has of us.
ASKED_FOR = timedelta(hours=2)
# A provider that is down for a moment, for a while, for an hour: then a human looks.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
MAX_ATTEMPTS = len(RETRY_AFTER) + 1


def deliver_due(*, now: datetime) -> int:
    """
    Send what is due and return how many were sent. Run each minute; two runs at once share the work.

    Rule: R-25.
    """
    began = time.monotonic()
    ask_about_silent(now=now)
    due = Message.objects.filter(status=MessageStatus.WAITING, not_before__lte=now)
    return _do_each(due, deliver_message, now=now, ends=began + LONGEST_RUN.total_seconds())


def _do_each(found: QuerySet[Message], work: Callable[..., bool], *, now: datetime, ends: float) -> int:
    """
    Do the work with each message, those that wait longest first, and return with how many it was done.

    Each is taken as it and its person are then, not as the run found them. What breaks, a
    row that cannot be read or a check with a bug, is put off: it must never stand before
    the news of everybody else. Nothing is begun after `ends` (s, of the monotonic clock).
    """
    done = 0
    for pk in list(found.order_by("not_before", "pk").values_list("pk", flat=True)[:BATCH]):
        if time.monotonic() >= ends:
            break
        same = found.filter(pk=pk)
        was_done = do_apart(partial(_do_one, same, work, now=now), what=f"message {pk}")
        if was_done is None:
            same.update(not_before=now + BROKEN_FOR)
        done += bool(was_done)
    return done


def _do_one(same: QuerySet[Message], work: Callable[..., bool], *, now: datetime) -> bool:
    message = same.select_related("person__profile").first()
    return message is not None and work(message, now=now)


def deliver_message(message: Message, *, now: datetime) -> bool:
    """Send the message if it may be sent now; return whether it was. It is waiting; its person is loaded."""
    if _put_off(message, now=now):
        return False
    try:
        if reason := find_objection(message, now=now):
            move_message(message, MessageStatus.DROPPED, by=None, now=now, reason=reason)
            return False
        _claim(message, now=now)
        return _hand_over(message, now=now)
    except MessageRefused:
        return False  # another worker was faster


def find_objection(message: Message, *, now: datetime) -> str:
    """Return why the message is not to be sent any more, "" when it is."""
    if now >= message.expires_at:
        return gettext_noop("too late for this news")
    if not message.person.is_active:
        return gettext_noop("the account is closed")
    if not address_of(message):
        return gettext_noop("no address to send it to")
    kind = known_kinds().get(message.template)
    if kind is None:
        return gettext_noop("no such kind of message any more")
    return kind.check(message, now=now) if kind.check else ""


def address_of(message: Message) -> str:
    """Return the number or the confirmed e-mail address that the message goes to, "" without one."""
    if message.channel == Channel.SMS:
        return message.person.phone or ""
    profile = getattr(message.person, "profile", None)
    kind = known_kinds().get(message.template)
    if profile is None or not (profile.email_verified_at or (kind and kind.is_to_unconfirmed)):
        return ""
    return profile.email


def _put_off(message: Message, *, now: datetime) -> bool:
    """Put the message off to the end of the quiet hours, into which no run that takes long may reach either."""
    quiet = quiet_hours_of(message)
    for moment in (now, now + LONGEST_RUN):
        if (later := quiet_end(moment, quiet=quiet)) > moment:
            waiting = Message.objects.filter(pk=message.pk, status=MessageStatus.WAITING)
            waiting.update(not_before=later)
            return True
    return False


def _claim(message: Message, *, now: datetime) -> None:
    """Take the message: from here on nobody else sends it. Raise MessageRefused when somebody has it."""
    move_message(
        message,
        MessageStatus.SENDING,
        by=None,
        now=now,
        attempts=message.attempts + 1,
        claimed_at=now,
        reference=secrets.token_hex(16),
    )


def _hand_over(message: Message, *, now: datetime) -> bool:
    """Call the provider, and write what it answers. No answer leaves the message as it is, being sent."""
    try:
        ready = _render(message)
        provider_id = emails.send_email(ready) if isinstance(ready, Email) else chosen_backend().send(ready)
    except NotSent as refusal:
        end_attempt(
            message,
            now=now,
            reason=refusal.reason,
            reason_params=refusal.params,
            may_retry=refusal.may_retry,
        )
        return False
    except NoAnswer:
        # The provider may have taken it. `ask_about_silent` finds out, or a human.
        logger.warning("message %s has no answer", message.pk)
        return False
    move_message(message, MessageStatus.SENT, by=None, now=now, provider_id=provider_id[:64])
    return True


def _render(message: Message) -> Email | sms.Message:
    """Return the message in words, with its address. Raise NotSent when its text cannot be written."""
    write = sms.render_message if message.channel == Channel.SMS else emails.render_email
    try:
        return write(
            to=address_of(message),
            template=message.template,
            language=message.language,
            params=message.params,
            reference=message.reference,
        )
    except sms.TextTooLong as error:
        words = gettext_noop("the text has %(length)s characters, more than a message can hold")
        raise NotSent(words, params={"length": error.length}, may_retry=False) from error
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise NotSent(gettext_noop("its text is missing or broken"), may_retry=False) from error


def end_attempt(
    message: Message,
    *,
    now: datetime,
    reason: str,
    may_retry: bool,
    reason_params: dict[str, str | int] | None = None,
) -> None:
    """Let the message that was certainly not sent wait for the next attempt, or fail after the last."""
    move = partial(move_message, message, by=None, now=now, reason=reason, reason_params=reason_params)
    if not may_retry or message.attempts >= MAX_ATTEMPTS:
        move(MessageStatus.FAILED)
        return
    next_at = quiet_end(now + RETRY_AFTER[message.attempts - 1], quiet=quiet_hours_of(message))
    move(MessageStatus.WAITING, not_before=next_at)


def ask_about_silent(*, now: datetime) -> int:
    """
    Settle the messages whose sender died or got no answer ten minutes ago; return how many.

    Who can be asked is asked by our reference: sent, or certainly not, and then it waits
    for the next attempt. Who does not answer is asked again every ten minutes, for two
    hours. Else it becomes unknown, for a human, and is never sent blindly.
    """
    silent = Message.objects.filter(
        status=MessageStatus.SENDING, claimed_at__lte=now - SILENT_AFTER, not_before__lte=now
    )
    return _do_each(silent, _settle_silent, now=now, ends=time.monotonic() + LONGEST_ASKING.total_seconds())


def _settle_silent(message: Message, *, now: datetime) -> bool:
    """Ask about the message and move it on; return False when it is asked about again later."""
    try:
        was_sent = None if _was_asked_enough(message) else _ask(message)
        if was_sent is None:
            words = gettext_noop("the provider did not answer")
            move_message(message, MessageStatus.UNKNOWN, by=None, now=now, reason=words)
        elif was_sent:
            words = gettext_noop("the provider says that it was sent")
            move_message(message, MessageStatus.SENT, by=None, now=now, reason=words)
        else:
            words = gettext_noop("the provider says that it was not sent")
            end_attempt(message, now=now, reason=words, may_retry=True)
    except NoAnswer:
        logger.warning("message %s was asked about in vain", message.pk)
        still = Message.objects.filter(
            pk=message.pk, status=MessageStatus.SENDING, reference=message.reference
        )
        still.update(not_before=now + BROKEN_FOR)
        return False
    except MessageRefused:
        return False  # another worker was faster
    return True


def _was_asked_enough(message: Message) -> bool:
    """
    Return whether it was asked in vain for long enough. Once a message is being sent, it is put off by asking alone.

    So a message that nobody asked about, because the machine stood still, is still asked about.
    """
    return message.claimed_at is not None and message.not_before >= message.claimed_at + ASKED_FOR


def _ask(message: Message) -> bool | None:
    """Return what the backend knows of the last attempt, None when it cannot tell. Raise NoAnswer."""
    backend = chosen_backend() if message.channel == Channel.SMS else None
    if not isinstance(backend, AnsweringBackend) or message.claimed_at is None:
        return None
    return backend.was_sent(message.reference, to=address_of(message), tried_at=message.claimed_at)
