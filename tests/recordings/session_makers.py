"""Makers of sessions, their logs and their files, through the rules."""

import io
import wave
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from accounts.models import User
from recordings.assets import attach_asset
from recordings.events import NewEvent
from recordings.models import Asset, RecordingSession, SessionEvent
from recordings.runs import append_events, open_session
from scheduling.attendance import record_attendance
from scheduling.models import Booking


def make_session(
    booking: Booking, *, by: User | None = None, now: datetime | None = None
) -> RecordingSession:
    """Return the session of a confirmed booking whose two people are here, opened by somebody on its rota."""
    by, now = by or booking.slot.shifts.all()[0].person, now or booking.slot.starts_at
    for person in (booking.pair.person_a, booking.pair.person_b):
        record_attendance(booking, person=person, outcome="attended", by=by, now=now, arrived_at=now)
    return open_session(booking, by=by, now=now)


def make_log(
    session: RecordingSession,
    *,
    by: User,
    now: datetime,
    talk_minutes: float = 2,
    dialogues: int = 3,
    retake_of: int = 0,
) -> list[SessionEvent]:
    """Write the events of a session from `now` on: the talk, then dialogues of ten seconds each."""
    at = now + timedelta(minutes=talk_minutes)
    events = [NewEvent("talk_started", now, {"topic": "家乡"}), NewEvent("talk_paused", at)]
    events += [NewEvent("dialogue_started", at, {"number": 1})] if dialogues else []
    for number in range(1, dialogues + 1):
        if number == retake_of:
            at += timedelta(seconds=4)
            events.append(NewEvent("dialogue_retaken", at, {"number": number, "reason": "noise"}))
        at += timedelta(seconds=10)
        events.append(NewEvent("dialogue_done", at, {"number": number}))
    return append_events(session, events, by=by, now=at)


def make_wav(*, seconds: float = 1.0, value: int = 1000) -> bytes:
    """Return a mono WAV of a square wave; another `value` gives another file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        half = 100 * value.to_bytes(2, "little", signed=True) + 100 * (-value).to_bytes(
            2, "little", signed=True
        )
        file.writeframes(half * int(240 * seconds))
    return out.getvalue()


def make_asset(
    session: RecordingSession, *, speaker: str, by: User, now: datetime, content: bytes | None = None
) -> Asset:
    """Attach a file to the session."""
    content = make_wav(value=1000 + ord(speaker[0])) if content is None else content
    return attach_asset(session, speaker=speaker, file=ContentFile(content, name="x.wav"), by=by, now=now)
