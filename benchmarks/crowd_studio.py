"""The studios' weeks of a crowd: slots, rota, bookings and sessions straight into the tables, pay through the rules."""

import uuid
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.access import Role
from benchmarks.crowd import CHUNK, CITIES, Crowd
from benchmarks.pouring import pour
from payments.answers import Answer, Outcome
from payments.deductions import approve_deduction, propose_deduction
from payments.earnings import approve_payments_due, create_payments_due
from payments.models import Payment
from payments.payouts import approve_batch, make_batch, mark_submitted
from payments.results import record_results
from recordings.models import (
    PromptSet,
    RecordingSession,
    SessionEvent,
    SessionEventKind,
    SessionStatus,
    Take,
)
from scheduling.models import (
    Attendance,
    AttendanceOutcome,
    Booking,
    BookingEvent,
    BookingStatus,
    Booth,
    City,
    Occupancy,
    OccupancyKind,
    Pair,
    Shift,
    ShiftEvent,
    Slot,
    SlotTemplate,
    Studio,
    StudioStaff,
)
from scheduling.models.booking import LIVE_STATUSES
from scheduling.occupancy import booking_keys, ticks_between

SHANGHAI = ZoneInfo("Asia/Shanghai")
STARTS = (time(9), time(14), time(18))
WEEK = timedelta(days=7)
WEEKS_AHEAD = 2
DIALOGUES = 60
PATH = ("held", "awaiting", "confirmed", "checked_in", "completed")
# How twenty slots of a week end, in order: those behind us, and those ahead.
BEHIND = ("completed",) * 16 + ("failed", "cancelled", "", "")
AHEAD = ("confirmed",) * 7 + ("awaiting",) * 2 + ("held",) + ("",) * 10


def weeks_behind(people: int) -> int:
    """Return for how many weeks the studios have worked: a bigger crowd has a longer past."""
    return max(2, people // 2_500)


def fill_studios(crowd: Crowd, *, now: datetime) -> None:
    """Give the crowd 14 booths, their weeks of slots with a rota, and what became of them."""
    booths = list(build_booths(crowd))
    today = now.astimezone(SHANGHAI).date()
    turn = count()
    for week in range(-weeks_behind(len(crowd.people)), WEEKS_AHEAD):
        monday = today + week * WEEK
        with transaction.atomic():
            slots = write_slots(booths, crowd, first_on=monday)
            bookings = write_bookings(slots, crowd, turn=turn, now=now)
            _write_sessions(bookings, now=now)
        if week < 0:
            _pay(crowd, now=datetime.combine(monday + WEEK, time(0), tzinfo=SHANGHAI))


def build_booths(crowd: Crowd) -> Iterator[tuple[Booth, list[int]]]:
    """Yield each booth with the two operators who work in it."""
    operators = iter(crowd.staff[Role.OPERATOR])
    for number, name in enumerate(CITIES):
        names = {"name": f"City {number}", "slug": f"city-{number}"}
        city, _is_new = City.objects.get_or_create(name_zh=name, defaults=names)
        studio = Studio.objects.create(city=city, name=f"{name}一号棚", address=f"{name}东大街 1 号")
        for letter in "AB":
            booth = Booth.objects.create(studio=studio, name=letter)
            team = [next(operators), next(operators)]
            StudioStaff.objects.bulk_create(StudioStaff(studio=studio, person=person) for person in team)
            SlotTemplate.objects.bulk_create(
                SlotTemplate(
                    project=crowd.project,
                    booth=booth,
                    weekday=weekday,
                    starts_time=start,
                    valid_from=date(2025, 1, 1),
                )
                for weekday in range(7)
                for start in STARTS
            )
            yield booth, [person.pk for person in team]


def write_slots(booths: list[tuple[Booth, list[int]]], crowd: Crowd, *, first_on: date) -> list[Slot]:
    """Return the week's slots in the order of time, each with two people on its rota."""
    starts = [
        datetime.combine(first_on + timedelta(days=day), start, tzinfo=SHANGHAI)
        for day in range(7)
        for start in STARTS
    ]
    slots = Slot.objects.bulk_create(
        Slot(project=crowd.project, booth=booth, starts_at=at, ends_at=at + timedelta(hours=3))
        for at in starts
        for booth, _team in booths
    )
    teams = {booth.pk: team for booth, team in booths}
    shifts = Shift.objects.bulk_create(
        Shift(slot=slot, person_id=person) for slot in slots for person in teams[slot.booth_id]
    )
    manager = crowd.staff[Role.MANAGER][0]
    ShiftEvent.objects.bulk_create(
        ShiftEvent(shift=shift, new="assigned", by=manager, at=shift.slot.starts_at - WEEK)
        for shift in shifts
    )
    pour(
        Occupancy,
        ("kind", "resource_id", "tick", "shift_id"),
        (
            (OccupancyKind.PERSON.value, shift.person_id, tick, shift.pk)
            for shift in shifts
            for tick in ticks_between(shift.slot.starts_at, shift.slot.ends_at)
        ),
    )
    return slots


def write_bookings(slots: list[Slot], crowd: Crowd, *, turn: Iterator[int], now: datetime) -> list[Booking]:
    """Book the slots with one pair after the other; the first pair comes back in every week."""
    bookings = []
    for number, slot in enumerate(slots):
        is_over = slot.ends_at < now
        status = (BEHIND if is_over else AHEAD)[number * 7 % 20]
        if number == 42:  # the fourth day, so that the first pair has a session in each week
            bookings.append(
                make_booking(slot, crowd.pairs[0], status="completed" if is_over else "confirmed")
            )
        elif status and (is_over or slot.starts_at > now):
            pair = crowd.pairs[1 + next(turn) % (len(crowd.pairs) - 1)]
            bookings.append(make_booking(slot, pair, status=status))
    _leave_one_open(bookings, now=now)
    Booking.objects.bulk_create(bookings)
    BookingEvent.objects.bulk_create(event for booking in bookings for event in steps_of(booking))
    pour(
        Occupancy,
        ("kind", "resource_id", "tick", "booking_id"),
        (
            (str(kind), resource_id, tick, booking.pk)
            for booking in bookings
            if booking.status in LIVE_STATUSES
            for kind, resource_id, tick in booking_keys(slot=booking.slot, pair=booking.pair)
        ),
    )
    _write_attendance(bookings, crowd)
    return bookings


def make_booking(slot: Slot, pair: Pair, *, status: str) -> Booking:
    made_at = slot.starts_at - timedelta(days=8)
    is_passing = status in {"held", "awaiting"}
    return Booking(
        project=slot.project,
        slot=slot,
        pair=pair,
        booked_by=pair.person_a,
        status=status,
        made_at=made_at,
        expires_at=slot.starts_at - timedelta(hours=24) if is_passing else None,
        confirmed_at=None if is_passing else made_at,
        rate_fen=None if is_passing else slot.project.rate_fen,
    )


def _leave_one_open(bookings: list[Booking], *, now: datetime) -> None:
    """The last session behind us is still running: the console has something to show."""
    over = [b for b in bookings if b.slot.ends_at < now and b.status == "completed"]
    if over and now - over[-1].slot.ends_at < timedelta(days=1):
        over[-1].status = BookingStatus.CHECKED_IN


def steps_of(booking: Booking) -> Iterator[BookingEvent]:
    steps = list(PATH[: PATH.index(booking.status) + 1] if booking.status in PATH else PATH[:3])
    if booking.status not in PATH:
        steps.append(booking.status)
    for old, new in zip(["", *steps], steps, strict=False):
        yield BookingEvent(booking=booking, old=old, new=new, by=booking.booked_by, at=booking.made_at)


def _write_attendance(bookings: Collection[Booking], crowd: Crowd) -> None:
    """Both came to what took place. Of what failed A stayed away, once at most; all others were turned away."""
    rows = []
    shifts = Shift.objects.filter(slot__in={booking.slot_id for booking in bookings}).order_by("-pk")
    operators = dict(shifts.values_list("slot_id", "person_id"))
    for booking in bookings:
        people = (booking.pair.person_a, booking.pair.person_b)
        came = booking.status in {"completed", "checked_in"}
        if not came and booking.status != "failed":
            continue
        operator = operators[booking.slot_id]
        for person in people:
            outcome = AttendanceOutcome.ATTENDED if came else AttendanceOutcome.TURNED_AWAY
            if not came and person == people[0] and person.pk not in crowd.missed:
                outcome = AttendanceOutcome.NO_SHOW
                crowd.missed.add(person.pk)
            at = booking.slot.starts_at
            rows.append(
                Attendance(
                    booking=booking, person=person, outcome=outcome, recorded_at=at, recorded_by_id=operator
                )
            )
    Attendance.objects.bulk_create(rows)


def _write_sessions(bookings: Iterable[Booking], *, now: datetime) -> None:
    """Write the sessions with their whole logs, and the takes of those that are closed."""
    prompt_set = PromptSet.objects.get()
    took_place = [b for b in bookings if b.status in {"completed", "checked_in"}]
    attendances = Attendance.objects.filter(booking__in=took_place).values_list(
        "booking_id", "recorded_by_id"
    )
    operators = dict(attendances)
    sessions = []
    for booking in took_place:
        is_open, by = booking.status == "checked_in", operators[booking.pk]
        sessions.append(
            RecordingSession(
                booking=booking,
                prompt_set=prompt_set,
                key=uuid.uuid4().hex,
                status=SessionStatus.OPEN if is_open else SessionStatus.COMPLETED,
                opened_at=booking.slot.starts_at,
                opened_by_id=by,
                closed_at=None if is_open else booking.slot.ends_at,
                closed_by_id=None if is_open else by,
                free_talk_ms=None if is_open else 80 * 60_000,
                dialogues_done=None if is_open else DIALOGUES,
            )
        )
    RecordingSession.objects.bulk_create(sessions)
    SessionEvent.objects.bulk_create((e for s in sessions for e in _log_of(s)), batch_size=CHUNK)
    Take.objects.bulk_create((t for s in sessions for t in _takes_of(s)), batch_size=CHUNK)


def _log_of(session: RecordingSession) -> Iterator[SessionEvent]:
    at = session.opened_at
    steps: list[tuple[int, str, dict[str, object]]] = [(0, SessionEventKind.CHECKED_IN, {})]
    steps += [(60, SessionEventKind.TALK_STARTED, {"topic": "家乡"})]
    steps += [(600 * n, SessionEventKind.TOPIC_STARTED, {"topic": f"话题{n}"}) for n in range(1, 8)]
    steps += [(4_860, SessionEventKind.TALK_PAUSED, {})]
    for number in range(1, (DIALOGUES if session.closed_at else DIALOGUES // 2) + 1):
        start_s = 4_900 + number * 60
        steps += [(start_s, SessionEventKind.DIALOGUE_STARTED, {"number": number})]
        steps += [(start_s + 50, SessionEventKind.DIALOGUE_DONE, {"number": number})]
    if session.closed_at:
        steps += [(10_800, SessionEventKind.COMPLETED, {})]
    for second, kind, payload in steps:
        moment = at + timedelta(seconds=second)
        yield SessionEvent(
            session=session,
            client_id=uuid.uuid4(),
            kind=kind,
            payload=payload,
            operator_at=moment,
            received_at=moment,
            by_id=session.opened_by_id,
        )


def _takes_of(session: RecordingSession) -> Iterator[Take]:
    if session.closed_at is None:
        return
    for number in range(1, DIALOGUES + 1):
        yield Take(
            session=session,
            dialogue_number=number,
            take_number=1,
            opener="AB"[number % 2],
            started_at=session.opened_at,
            ended_at=session.opened_at,
        )


@transaction.atomic
def _pay(crowd: Crowd, *, now: datetime) -> None:
    """
    Do what finance does in a week: payments, a few deductions, last week's approvals, a batch.

    Every fourth batch is still at the bank. All through the rules.
    """
    maker, checker = crowd.staff[Role.FINANCE]
    create_payments_due(now=now)
    for payment in Payment.objects.due().order_by("-pk")[:6]:
        words = {"reason": "noise", "words": "背景里有声音。", "amount_fen": 2_000}
        span = {"evidence_from_s": 10, "evidence_to_s": 20}
        deduction = propose_deduction(payment, **words, **span, by=maker, now=now)
        if payment.pk % 2:
            approve_deduction(deduction, by=checker, now=now)
    approve_payments_due(now=now)
    payments = list(Payment.objects.payable().order_by("pk")[:400])
    if not payments:
        return
    batch = make_batch(payments, by=maker, now=now)
    if batch.pk % 4 == 0:
        return
    approve_batch(batch, by=checker, now=now)
    mark_submitted(batch, by=maker, now=now)
    answers = [Answer(number, Outcome.SUCCESS) for number in batch.payouts.values_list("number", flat=True)]
    record_results(batch, rows=answers, by=checker, now=now)
