"""The outbox in the race tests: prepare, deliver, be killed in the middle, look."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import connection

from accounts import delivery, invariants, sms
from accounts.models import Message, User
from tests.accounts.makers import make_message
from tests.factories import NOW, make_person

FILE, DEAF = "accounts.sms.FileBackend", f"{__name__}.NoAnswerBackend"


class NoAnswerBackend(sms.FileBackend):
    """Sends, and cannot be asked afterwards."""

    was_sent: ClassVar[None] = None  # type: ignore[assignment]


class KilledBeforeBackend(sms.FileBackend):
    """The process dies before the provider has the message."""

    def send(self, message: sms.Message) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""


class KilledAfterBackend(sms.FileBackend):
    """The provider has the message, and the process dies before the answer is written."""

    def send(self, message: sms.Message) -> str:
        super().send(message)
        os.kill(os.getpid(), signal.SIGKILL)
        return ""


def post(*, count: int) -> None:
    """Let messages wait in the outbox, and forget what was sent before."""
    settings.SMS_BACKEND = FILE
    (settings.DATA_DIR / "sms.jsonl").unlink(missing_ok=True)
    person = make_person()
    for number in range(count):
        make_message(person, key=f"news {number}")


def post_same(*, person: int) -> bool:
    """Write the same news; return whether it was new."""
    try:
        make_message(User.objects.get(pk=person), key="the same")
    except AssertionError:
        return False
    return True


def make_reader() -> int:
    return make_person().pk


def deliver(*, at: str = "", backend: str = FILE) -> int:
    """Run the periodic task."""
    settings.SMS_BACKEND = backend
    return delivery.deliver_due(now=datetime.fromisoformat(at) if at else NOW)


def deliver_and_be_killed(*, when: str) -> int:
    """Let a process of its own deliver and be killed -9 in the middle; return how it ended."""
    name = str(connection.settings_dict["NAME"])
    job = {"database": name, "backend": f"{__name__}.Killed{when}Backend"}
    code = f"import django; django.setup(); from {__name__} import die; die({json.dumps(job)})"
    finished = subprocess.run([sys.executable, "-c", code], check=False)
    return finished.returncode


def die(job: dict[str, str]) -> None:
    """Deliver in this process, through a backend that kills it."""
    connection.settings_dict["NAME"] = job["database"]
    deliver(backend=job["backend"])


def look_at_messages() -> dict[str, object]:
    """Return what is left: states, what the provider got, and what the sweep finds."""
    path = settings.DATA_DIR / "sms.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {
        "broken": invariants.broken_messages(),
        "states": sorted(Message.objects.values_list("status", flat=True)),
        "got": len(lines),
        "references": len({line["reference"] for line in lines}),
    }


def later(**span: float) -> str:
    return (NOW + timedelta(**span)).isoformat()
