"""A running session: opened at the door, kept in a log, completed or broken off. Rules: R-27, R-32, R-34."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import User
from recordings.doors import (
    BOOKING_PARTS,
    PRESENT,
    DoorChecks,
    SessionRefused,
    arrival_of,
    check_arrivals,
    check_bookable,
    check_door,
    check_operator,
    outcome_when,
)
from recordings.events import EventRefused, NewEvent, check_event
from recordings.faults import turn_away_blameless
from recordings.logs import progress_of, write_event
from recordings.models import RecordingSession, SessionEvent, SessionEventKind, SessionStatus
from recordings.prompts import choose_prompt_set
from recordings.sessions import milliseconds_between
from recordings.shortfalls import find_shortfall
from recordings.takes import write_takes
from scheduling.attendance import record_attendance
from scheduling.bookings import check_in_booking, complete_booking, fail_booking
from scheduling.models import Booking, BookingCause, Slot
from scheduling.retries import retried

# A console corrects its clock by the server's; what is left is the network's delay and a clock that was set since.
CLOCK_TOLERANCE = timedelta(minutes=2)

MOVES = {SessionStatus.OPEN.value: frozenset({SessionStatus.COMPLETED.value, SessionStatus.ABANDONED.value})}


@retried
@transaction.atomic
def receive_pair(
    booking: Booking,
    *,
    outcomes: Mapping[int, str],
    by: User,
    now: datetime,
    checks: DoorChecks = DoorChecks(),  # noqa: B008 — frozen
    reason: str = "",
    arrivals: Mapping[int, datetime] | None = None,
) -> RecordingSession | None:
    """
    Write who came (`outcomes` by person id), and open the session when both are here.

    They came now, unless `arrivals` says when (by person id): who came late is late,
    whichever was pressed. When one does not come, whoever came is turned away and the booking has failed:
    return None. When the studio fails, both are turned away and `reason` says why.
    Raise SessionRefused: "too_early", "not_rostered", "not_confirmed", "outcomes",
    "arrival", "reason" and what `open_session` raises; AttendanceRefused. Locks the slot, then
    the booking. Rules: R-26, R-27.
    """
    booking = _lock_booking(booking)
    check_operator(booking, by=by, override_reason=reason)
    check_door(booking, outcomes=outcomes, reason=reason, now=now)
    arrivals = arrivals or {}
    check_arrivals(booking, arrivals=arrivals, now=now)
    are_both_here = all(outcome in PRESENT for outcome in outcomes.values())
    for person in (booking.pair.person_a, booking.pair.person_b):
        said = outcomes[person.pk]
        record_attendance(
            booking,
            person=person,
            outcome=outcome_when(said, are_both_here=are_both_here),
            by=by,
            now=now,
            arrived_at=arrival_of(said, corrected_at=arrivals.get(person.pk), now=now),
            reason=reason.strip() or gettext_noop("check-in"),
        )
    if are_both_here:
        return open_session(booking, by=by, now=now, checks=checks, override_reason=reason)
    cause = "" if reason.strip() else BookingCause.NO_SHOW
    fail_booking(booking, by=by, now=now, reason=reason.strip(), cause=cause)
    return None


@retried
@transaction.atomic
def open_session(
    booking: Booking,
    *,
    by: User,
    now: datetime,
    checks: DoorChecks = DoorChecks(),  # noqa: B008 — frozen
    override_reason: str = "",
) -> RecordingSession:
    """
    Open the session of a confirmed booking whose people are both here, and check the booking in.

    A manager who is not on the slot's rota gives `override_reason`, which is kept
    in the log. Raise SessionRefused: "already_open", "not_confirmed",
    "not_rostered", "not_both_here", "consent"; MoveRefused when the booking
    changed meanwhile. Locks the slot, then the booking. Rules: R-4, R-26, R-27.
    """
    booking = _lock_booking(booking)
    check_operator(booking, by=by, override_reason=override_reason)
    check_bookable(booking)
    check_in_booking(booking, by=by, now=now)
    session = RecordingSession.objects.create(
        booking=booking,
        prompt_set=choose_prompt_set(booking),
        key=uuid.uuid4().hex,
        opened_at=now,
        opened_by=by,
    )
    payload = asdict(checks) | (
        {"override_reason": override_reason.strip()} if override_reason.strip() else {}
    )
    write_event(session, SessionEventKind.CHECKED_IN, at=now, by=by, payload=payload)
    return session


def _lock_booking(booking: Booking) -> Booking:
    """Lock the slot, then the booking, and return it fresh with what the rules read."""
    Slot.objects.select_for_update(no_key=True).get(pk=booking.slot_id)
    rows = Booking.objects.select_related(*BOOKING_PARTS).select_for_update(of=("self",), no_key=True)
    return rows.get(pk=booking.pk)


@retried
@transaction.atomic
def append_events(
    session: RecordingSession, events: Sequence[NewEvent], *, by: User, now: datetime
) -> list[SessionEvent]:
    """
    Append the events that the log does not have yet, all or none, and return them.

    An event whose client id is there already counts once, so a batch can be sent
    again as often as the network likes. Raise SessionRefused(code="closed"), and
    EventRefused with the code "kind", "payload", "clock_ahead" or "clock_behind"
    for the first event that is wrong. Locks the session row. Rule: R-32.
    """
    session = RecordingSession.objects.select_for_update().get(pk=session.pk)
    if session.status != SessionStatus.OPEN:
        raise SessionRefused(_("This session is closed. Nothing can be added to its log."), code="closed")
    wanted: dict[uuid.UUID, NewEvent] = {}
    for event in events:
        wanted.setdefault(event.client_id, event)
    known = set(session.events.filter(client_id__in=wanted).values_list("client_id", flat=True))
    fresh = [event for event in wanted.values() if event.client_id not in known]
    for event in fresh:
        check_event(event)
        _check_clock(event, opened_at=session.opened_at, now=now)
    return SessionEvent.objects.bulk_create(
        SessionEvent(
            session=session,
            client_id=event.client_id,
            kind=event.kind,
            payload=dict(event.payload),
            operator_at=event.at,
            received_at=now,
            by=by,
        )
        for event in fresh
    )


def _check_clock(event: NewEvent, *, opened_at: datetime, now: datetime) -> None:
    """Raise EventRefused for a time after now or before the session; two minutes either way are let pass."""
    params = {"client_id": str(event.client_id)}
    if event.at > now + CLOCK_TOLERANCE:
        raise EventRefused(
            _("The clock of this computer is ahead. Set it, then press again."),
            code="clock_ahead",
            params=params,
        )
    if event.at < opened_at - CLOCK_TOLERANCE:
        raise EventRefused(
            _("The clock of this computer is behind. Set it, then press again."),
            code="clock_behind",
            params=params,
        )


@retried
@transaction.atomic
def complete_session(
    session: RecordingSession, *, by: User, now: datetime, short_reason: str = ""
) -> RecordingSession:
    """
    Close the session, write its takes and figures, and complete the booking.

    While something is short (minutes, dialogues, audio of a speaker) a written
    `short_reason` is asked for: raise SessionRefused(code="short") without one,
    (code="closed") when it is closed already. Time past the slot's end is kept as
    `overrun_ms`. Locks the session, then the booking. Rules: R-27, R-34.
    """
    session = _lock_session(session)
    progress = progress_of(session, now=now)
    shortfall = find_shortfall(session, progress=progress)
    reason = short_reason.strip() if shortfall else ""
    if shortfall and not reason:
        raise SessionRefused(
            _("The session is short. Go on recording, or write down why it is closed like this."),
            code="short",
        )
    session = move_session(session, to=SessionStatus.COMPLETED, by=by, now=now)
    _write_figures(session, now=now)
    session.shortfall, session.short_reason = shortfall, reason
    session.save(update_fields=["shortfall", "short_reason"])
    complete_booking(session.booking, by=by, now=now)
    return session


@retried
@transaction.atomic
def abandon_session(
    session: RecordingSession, *, by: User, reason: str, fault: str, now: datetime
) -> RecordingSession:
    """
    Break the session off: what was recorded is kept, the booking did not take place.

    Whom the studio or the partner failed (`fault`, one of Fault) is turned away and so
    gets the show-up fee. Raise SessionRefused(code="reason") without a reason,
    (code="closed") when it is closed already. Locks the session, then the slot.
    Rules: R-26, R-34.
    """
    session = _lock_session(session)
    if not reason.strip():
        raise SessionRefused(_("Write down why the session is broken off."), code="reason")
    session = move_session(
        session, to=SessionStatus.ABANDONED, by=by, now=now, reason=reason.strip(), fault=fault
    )
    _write_figures(session, now=now)
    turn_away_blameless(session.booking, fault=fault, by=by, now=now, reason=reason.strip())
    fail_booking(session.booking, by=by, now=now, reason=reason.strip())
    return session


def _lock_session(session: RecordingSession) -> RecordingSession:
    """Return the locked row. Raise SessionRefused(code="closed") unless it is open."""
    locked = (
        RecordingSession.objects.select_for_update(of=("self",))
        .select_related("booking__project", "booking__slot", "booking__pair", "prompt_set")
        .get(pk=session.pk)
    )
    if locked.status != SessionStatus.OPEN:
        raise SessionRefused(_("This session is closed already."), code="closed")
    return locked


def move_session(
    session: RecordingSession, *, to: str, by: User, now: datetime, reason: str = "", fault: str = ""
) -> RecordingSession:
    """Move an open session to its end and write the event; raise SessionRefused(code="closed") if it has ended."""
    if to not in MOVES.get(session.status, frozenset()):
        raise SessionRefused(_("This session is closed already."), code="closed")
    moved = RecordingSession.objects.filter(pk=session.pk, status=session.status).update(
        status=to, closed_at=now, closed_by=by, shortfall=[], short_reason=reason
    )
    if not moved:
        raise SessionRefused(_("This session is closed already."), code="closed")
    # Not before the last event: a console's clock may be a moment ahead, and the end comes last.
    last = session.events.order_by("-operator_at").values_list("operator_at", flat=True).first() or now
    payload = {name: value for name, value in (("reason", reason), ("fault", fault)) if value}
    write_event(session, SessionEventKind(to), at=max(now, last), by=by, payload=payload)
    session.status, session.closed_at, session.closed_by = to, now, by
    return session


def _write_figures(session: RecordingSession, *, now: datetime) -> None:
    """Write the takes and the figures of a session that has just ended."""
    progress = progress_of(session)
    write_takes(session, progress=progress)
    session.free_talk_ms = progress.free_talk_ms
    session.dialogues_done = len(progress.done)
    session.overrun_ms = milliseconds_between(session.booking.slot.ends_at, now)
    session.save(update_fields=["free_talk_ms", "dialogues_done", "overrun_ms"])
