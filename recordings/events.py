"""What a console may send: which kinds of events there are, and what each of them carries. Rule: R-32."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from recordings.models import RetakeReason, SessionEventKind

# Ten offline minutes of a busy operator are some tens of events; more at once is no console.
MAX_BATCH = 500
MAX_TOPIC_LENGTH = 120
MAX_TEXT_LENGTH = 500


class EventRefused(ValidationError):
    """An event cannot be taken; `params["client_id"]` names it."""


@dataclass(frozen=True)
class NewEvent:
    """An event on its way into the log. `at` is the operator's clock; the client makes the id before it sends."""

    kind: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    client_id: uuid.UUID = field(default_factory=uuid.uuid4)


def read_events(rows: object) -> list[NewEvent]:
    """
    Return the events of a batch as it came over the network.

    Raise EventRefused(code="batch") when it is no list or too long, and what
    `read_event` raises for the first row that is wrong.
    """
    if not isinstance(rows, list) or len(rows) > MAX_BATCH:
        raise EventRefused(_("This is no list of events."), code="batch", params={"client_id": ""})
    return [read_event(row) for row in rows]


def read_event(row: object) -> NewEvent:
    """
    Return one event from its untrusted form: `client_id`, `kind`, `at`, `payload`.

    Raise EventRefused with the code "id", "kind", "time" or "payload".
    """
    if not isinstance(row, dict):
        raise EventRefused(_("This is no event."), code="batch", params={"client_id": ""})
    client_id = _read_uuid(row.get("client_id"))
    if client_id is None:
        raise EventRefused(_("The event has no id."), code="id", params={"client_id": ""})
    at = _read_time(row.get("at"))
    if at is None:
        raise EventRefused(_("The event has no time."), code="time", params={"client_id": str(client_id)})
    event = NewEvent(str(row.get("kind")), at, row.get("payload") or {}, client_id)
    check_event(event)
    return event


def check_event(event: NewEvent) -> None:
    """Raise EventRefused(code="kind") for a kind no console sends, (code="payload") for other details than its own."""
    params = {"client_id": str(event.client_id)}
    if event.kind not in _PAYLOADS:
        raise EventRefused(_("A console cannot send this kind of event."), code="kind", params=params)
    required, optional = _PAYLOADS[event.kind]
    is_right = (
        isinstance(event.payload, dict)
        and required.keys() <= event.payload.keys() <= required.keys() | optional.keys()
        and all({**required, **optional}[name](value) for name, value in event.payload.items())
    )
    if not is_right:
        raise EventRefused(_("The event's details are not complete."), code="payload", params=params)


def _read_uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _read_time(value: object) -> datetime | None:
    """Return an ISO 8601 time with its offset; anything else is nothing."""
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 9999


def _is_opener(value: object) -> bool:
    return value in ("A", "B")


def _is_topic(value: object) -> bool:
    return _is_storable(value) and len(str(value)) <= MAX_TOPIC_LENGTH


def _is_text(value: object) -> bool:
    return _is_storable(value) and bool(str(value).strip()) and len(str(value)) <= MAX_TEXT_LENGTH


def _is_storable(value: object) -> bool:
    """Return whether the value is a text that every database keeps: no NUL, no half of a surrogate pair."""
    return (
        isinstance(value, str)
        and "\0" not in value
        and not any("\ud800" <= sign <= "\udfff" for sign in value)
    )


def _is_reason(value: object) -> bool:
    return value in RetakeReason.values


def _is_client_id(value: object) -> bool:
    return _read_uuid(value) is not None


Details = dict[str, Callable[[object], bool]]

# kind → (details it must have, details it may have). The door and the end are written by the rules alone.
_PAYLOADS: Mapping[str, Sequence[Details]] = {
    SessionEventKind.SLATE.value: ({}, {}),
    SessionEventKind.TALK_STARTED.value: ({}, {"topic": _is_topic}),
    SessionEventKind.TALK_PAUSED.value: ({}, {}),
    SessionEventKind.TOPIC_STARTED.value: ({}, {"topic": _is_topic}),
    SessionEventKind.DIALOGUE_STARTED.value: ({"number": _is_number}, {"opener": _is_opener}),
    SessionEventKind.DIALOGUE_DONE.value: ({"number": _is_number}, {}),
    SessionEventKind.DIALOGUE_RETAKEN.value: ({"number": _is_number, "reason": _is_reason}, {}),
    SessionEventKind.NOTE.value: ({"text": _is_text}, {}),
    SessionEventKind.INCIDENT.value: ({"text": _is_text}, {}),
    SessionEventKind.BREAK_STARTED.value: ({}, {}),
    SessionEventKind.BREAK_ENDED.value: ({}, {}),
    SessionEventKind.UNDONE.value: ({"event": _is_client_id}, {}),
}
