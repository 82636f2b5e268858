"""
Short messages: written from templates, sent by a backend that a setting names.

A message waits in the queue sealed (number and words encrypted), because the
queue's table is read by administrators and kept in backups.
"""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from accounts.fields import decrypt, encrypt

# One message of 70 characters, else parts of 67: three characters carry the order. 500 is the providers' limit.
SINGLE_PART_CHARS = 70
MANY_PARTS_CHARS = 67
LONGEST_TEXT = 500


@dataclass(frozen=True)
class Message:
    """A short message ready to send. `params` are what a provider's own template takes."""

    to: str
    template: str
    language: str
    params: dict[str, str]
    text: str


class Backend(Protocol):
    """Whoever can send a message. Sending is not idempotent: a backend never tries twice."""

    def send(self, message: Message) -> None: ...


class ConsoleBackend:
    """Write messages to standard output, for development. Nothing is sent."""

    def send(self, message: Message) -> None:
        sys.stdout.write(f"SMS to {message.to}: {message.text}\n")
        sys.stdout.flush()


class FileBackend:
    """Append messages as JSON lines to `sms.jsonl` in the data folder, for tests of several processes."""

    def send(self, message: Message) -> None:
        with (settings.DATA_DIR / "sms.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")


class MemoryBackend:
    """Keep messages in a list, for tests of one process."""

    sent: ClassVar[list[Message]] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


def count_parts(text: str) -> int:
    """Return how many messages a text is charged as. Raise ValueError past 500 characters."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"an SMS of {len(text)} characters is longer than {LONGEST_TEXT}")
    return 1 if len(text) <= SINGLE_PART_CHARS else -(-len(text) // MANY_PARTS_CHARS)


def render_message(*, to: str, template: str, language: str, params: dict[str, str]) -> Message:
    """Return the message of `templates/sms/<template>.<language>.txt` with the signature before it."""
    name = f"sms/{template}.{language}.txt"
    words = " ".join(render_to_string(name, params).split())
    text = f"【{settings.SMS_SIGNATURE}】{words}"
    count_parts(text)
    return Message(to=to, template=template, language=language, params=params, text=text)


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
    backend: Backend = import_string(settings.SMS_BACKEND)()
    backend.send(render_message(**content))
    return True
