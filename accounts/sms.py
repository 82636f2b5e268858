"""
Short messages: written from templates, sent by a backend that a setting names.

A message waits in the queue sealed (number and words encrypted), because the
queue's table is read by administrators and kept in backups.
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from accounts.fields import decrypt, encrypt
from accounts.models import Channel
from accounts.sms_parts import measure_sms
from accounts.texts import fill, written_text

# The providers' limit, in the units of `sms_parts`.
LONGEST_TEXT = 500


@dataclass(frozen=True)
class Message:
    """
    A short message ready to send.

    `template`, `language` and `params` are what a provider's own template takes, `reference`
    is our number of this attempt (Aliyun: OutId); a sign-in code has none.
    """

    to: str
    template: str
    language: str
    params: dict[str, str]
    text: str
    reference: str = ""


class Backend(Protocol):
    """
    Whoever can send a message. Sending is not idempotent: a backend never tries twice.

    `send` returns the provider's number (Aliyun: BizId). It raises carriers.NotSent when the
    message was certainly not sent, and carriers.NoAnswer when nobody knows: the provider
    may have taken it before the line went dead. What else its client raises it turns into
    one of these two; any other exception is a bug, and leaves the message as NoAnswer does.
    """

    def send(self, message: Message) -> str: ...


@runtime_checkable
class AnsweringBackend(Protocol):
    """
    A backend that can be asked later: was the message of this reference sent? None: it cannot tell.

    It raises carriers.NoAnswer when it did not get to know now, and is asked again later.
    """

    def was_sent(self, reference: str, *, to: str, tried_at: datetime) -> bool | None: ...


class ConsoleBackend:
    """Write messages to standard output, for development. Nothing is sent."""

    def send(self, message: Message) -> str:
        sys.stdout.write(f"SMS to {message.to}: {message.text}\n")
        sys.stdout.flush()
        return ""


class FileBackend:
    """Append messages as JSON lines to `sms.jsonl` in the data folder, for tests of several processes."""

    def send(self, message: Message) -> str:
        with (settings.DATA_DIR / "sms.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")
        return ""

    def was_sent(self, reference: str, *, to: str, tried_at: datetime) -> bool:
        """Return whether a line of the file has this reference."""
        path = settings.DATA_DIR / "sms.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return any(json.loads(line).get("reference") == reference for line in lines)


class MemoryBackend:
    """Keep messages in a list, for tests of one process."""

    sent: ClassVar[list[Message]] = []

    def send(self, message: Message) -> str:
        self.sent.append(message)
        return f"memory-{len(self.sent)}"


class TextTooLong(ValueError):
    """No provider takes a text of `length` units."""

    def __init__(self, length: int) -> None:
        super().__init__(f"an SMS of {length} units is longer than {LONGEST_TEXT}")
        self.length = length


def count_parts(text: str) -> int:
    """Return how many messages a text is charged as. Raise TextTooLong past 500 units."""
    length = measure_sms(text)
    if length.units > LONGEST_TEXT:
        raise TextTooLong(length.units)
    return length.parts


def sign(words: str) -> str:
    """Return the words on one line with the signature before them, as an SMS carries them."""
    return f"【{settings.SMS_SIGNATURE}】{' '.join(words.split())}"


def render_message(
    *, to: str, template: str, language: str, params: dict[str, str], reference: str = ""
) -> Message:
    """
    Return the message of a manager's text or `templates/sms/<template>.<language>.txt`, with the signature.

    Raise TextTooLong past 500 units, TemplateDoesNotExist without such a template.
    """
    own = written_text(template, Channel.SMS, language)
    words = fill(own.body, params) if own else write_plain(f"sms/{template}.{language}.txt", params)
    text = sign(words)
    count_parts(text)
    return Message(to=to, template=template, language=language, params=params, text=text, reference=reference)


def write_plain(name: str, params: dict[str, Any]) -> str:
    """Return the plain text of a template: nothing is escaped, no browser reads it."""
    return get_template(name).template.render(Context(params, autoescape=False))  # type: ignore[attr-defined]


def chosen_backend() -> Backend:
    """Return the backend that the setting names."""
    return import_string(settings.SMS_BACKEND)()


def queue_message(
    *, to: str, template: str, language: str, params: dict[str, str], expires_at: datetime
) -> None:
    """
    Queue a message in the caller's transaction; it is dropped unsent after `expires_at`.

    The queue holds it sealed, and a sent message leaves no row behind.
    """
    content: dict[str, Any] = {
        "to": to,
        "template": template,
        "language": language,
        "params": params,
        "expires_at": expires_at.isoformat(),
    }
    async_task("accounts.tasks.send_message", encrypt(json.dumps(content)), save=False)


def send_sealed_message(sealed: str, *, now: datetime) -> bool:
    """Send a message that `queue_message` sealed; return whether it was still worth sending."""
    content = json.loads(decrypt(sealed))
    if now >= datetime.fromisoformat(content.pop("expires_at")):
        return False
    chosen_backend().send(render_message(**content))
    return True
