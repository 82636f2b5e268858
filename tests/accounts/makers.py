"""Makers of messages, and backends that do what providers do at their worst."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from accounts import sms
from accounts.carriers import NoAnswer, NotSent
from accounts.models import Channel, Message, Profile, User
from accounts.outbox import Kind, QuietHours, post_message
from tests.factories import NOW

NIGHT = QuietHours(21, 8)
# What the check of the test's own kind answers, or raises.
OBJECTIONS: dict[str, str | Exception] = {}


def object_to(message: Message, *, now: datetime) -> str:
    objection = OBJECTIONS.get(message.key, "")
    if isinstance(objection, Exception):
        raise objection
    return objection


KINDS = [
    Kind(
        template="code",
        label="test",
        channels=(Channel.SMS, Channel.EMAIL),
        longest={"code": "123456"},
        check=object_to,
    )
]
MESSAGE_KINDS = ["tests.accounts.makers.KINDS", "accounts.addresses.KINDS"]


def make_message(person: User, *, key: str = "news", now: datetime = NOW, **fields: Any) -> Message:
    """Return a message that waits in the outbox."""
    told = {"channel": Channel.SMS, "template": "code", "params": {"code": "123456"}, **fields}
    told.setdefault("expires_at", now + timedelta(days=1))
    message = post_message(person, key=key, now=now, **told)
    assert message is not None
    return message


def history(message: Message) -> list[str]:
    """Return the states that the message went through."""
    return [event.new for event in message.events.order_by("pk")]


def use(settings: Any, backend: type) -> None:
    """Send by this backend of the module."""
    settings.SMS_BACKEND = f"{__name__}.{backend.__name__}"


def confirm_address(person: User, *, email: str = "lin@example.org") -> None:
    Profile.objects.filter(user=person).update(email=email, email_verified_at=NOW)


class DeafBackend:
    """Takes the message and never answers; it cannot be asked."""

    taken: ClassVar[list[sms.Message]] = []
    error: ClassVar[type[Exception]] = NoAnswer

    def send(self, message: sms.Message) -> str:
        self.taken.append(message)
        raise self.error(f"no answer about {message.to}")


class ForgetfulBackend(DeafBackend):
    """Never answers, but can be asked."""

    answer: ClassVar[bool | Exception | None] = True
    asked: ClassVar[list[str]] = []

    def was_sent(self, reference: str, *, to: str, tried_at: datetime) -> bool | None:
        assert [message.reference for message in self.taken if message.to == to][-1] == reference
        self.asked.append(reference)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class BusyBackend:
    """Says a certain no, after what happens meanwhile."""

    may_retry: ClassVar[bool] = True
    meanwhile: ClassVar[Callable[[], object]] = bool

    def send(self, message: sms.Message) -> str:
        type(self).meanwhile()
        raise NotSent("busy", may_retry=self.may_retry)
