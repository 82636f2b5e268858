"""The log of a session: its events in the database, and the state that is computed from them. Rule: R-32."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from recordings.models import RecordingSession, SessionEvent, SessionStatus
from recordings.progress import Event, Progress, Script
from recordings.sessions import reduce_events


def progress_of(session: RecordingSession, *, now: datetime | None = None) -> Progress:
    """Return the state of the session as its log tells it; with `now`, running clocks are read then (two queries)."""
    events = [
        Event(row.pk, str(row.client_id), row.kind, row.operator_at, row.payload)
        for row in session.events.all()
    ]
    is_open = session.status == SessionStatus.OPEN
    return reduce_events(events, script=script_of(session), now=now if is_open else None)


def script_of(session: RecordingSession) -> Script:
    """Return how many dialogues the session has, and how many lines each."""
    lines = session.prompt_set.dialogues.values_list("number", "lines") if session.prompt_set else []
    return Script(session.booking.project.dialogue_count, {number: len(each) for number, each in lines})


def write_event(
    session: RecordingSession, kind: str, *, at: datetime, by: User, payload: Mapping[str, Any]
) -> SessionEvent:
    """Write an event of the server's own: the door and the end."""
    return SessionEvent.objects.create(
        session=session,
        client_id=uuid.uuid4(),
        kind=kind,
        payload=dict(payload),
        operator_at=at,
        received_at=at,
        by=by,
    )
