"""Makers of what payments read and write: facts of the studio straight as rows, money through the rules."""

from datetime import datetime, timedelta
from itertools import count

from accounts.models import User
from payments import deductions, earnings, payees, payouts
from payments.models import Deduction, Payment, PayoutBatch
from scheduling.models import (
    Attendance,
    Booking,
    BookingEvent,
    Booth,
    City,
    Pair,
    Project,
    Slot,
    Studio,
    StudioStaff,
)
from tests.factories import NOW, make_person, make_staff

_serial = count(1)
SESSION_END = NOW.replace(hour=9, minute=30) - timedelta(days=8)


def make_project(**fields) -> Project:
    number = next(_serial)
    return Project.objects.create(**{"name": f"Dialogues {number}", "slug": f"dialogues-{number}"} | fields)


def make_slot(project: Project, *, ends_at: datetime = SESSION_END) -> Slot:
    number = next(_serial)
    city, _is_new = City.objects.get_or_create(
        slug="chengdu", defaults={"name": "Chengdu", "name_zh": "成都"}
    )
    studio = Studio.objects.create(city=city, name=f"Studio {number}", address="Tianfu Avenue 1")
    return Slot.objects.create(
        project=project,
        booth=Booth.objects.create(studio=studio, name="Booth 1"),
        starts_at=ends_at - timedelta(hours=3),
        ends_at=ends_at,
    )


def make_booking(
    a: User,
    b: User,
    *,
    status: str = "completed",
    project: Project | None = None,
    ends_at: datetime = SESSION_END,
    rate_fen: int = 300_00,
    outcomes: tuple[str, str] = ("attended", "attended"),
) -> Booking:
    """Return a booking that has reached `status`, with how both ended at the door."""
    project = project or make_project()
    slot = make_slot(project, ends_at=ends_at)
    first, second = sorted((a, b), key=lambda person: person.pk)
    pair, _is_new = Pair.objects.get_or_create(
        project=project, person_a=first, person_b=second, defaults={"made_at": NOW - timedelta(days=20)}
    )
    booking = Booking.objects.create(
        project=project,
        slot=slot,
        pair=pair,
        booked_by=a,
        status=status,
        made_at=slot.starts_at - timedelta(days=3),
        confirmed_at=slot.starts_at - timedelta(days=3),
        rate_fen=rate_fen,
    )
    BookingEvent.objects.create(booking=booking, old="checked_in", new=status, at=slot.ends_at)
    staff = make_staff("operator")
    for person, outcome in zip((a, b), outcomes, strict=True):
        Attendance.objects.create(
            booking=booking, person=person, outcome=outcome, recorded_at=slot.starts_at, recorded_by=staff
        )
    return booking


def make_completed_booking(a: User, b: User, **fields) -> Booking:
    return make_booking(a, b, **fields)


def make_payment(person: User | None = None, *, now: datetime = SESSION_END, **fields) -> Payment:
    """Return the due payment of one person for one completed session (the partner has one too)."""
    person = person or make_person()
    booking = make_completed_booking(person, make_person("伙伴"), **fields)
    earnings.create_payments_due(now=now)
    return Payment.objects.get(booking=booking, person=person)


def make_approved_payment(person: User | None = None, *, now: datetime = NOW, **fields) -> Payment:
    payment = make_payment(person, **fields)
    earnings.approve_payment(payment, by=make_staff("finance"), now=now, reason="A test.")
    payment.refresh_from_db()
    return payment


def make_account(person: User, *, kind: str = "bank", number: str = "", now: datetime = NOW, **fields):
    number = number or (f"62220210{next(_serial):011d}" if kind == "bank" else f"139{next(_serial):08d}")
    defaults = {"holder_name": "林小雨", "bank_name": "中国工商银行成都天府支行"}
    return payees.save_account(person, kind=kind, number=number, now=now, **(defaults | fields))


def make_payable_payment(person: User | None = None, *, kind: str = "bank", **fields) -> Payment:
    """Return an approved payment of somebody with an account."""
    payment = make_approved_payment(person, **fields)
    if not hasattr(payment.person, "payee_account"):
        make_account(payment.person, kind=kind)
    return Payment.objects.get(pk=payment.pk)


def make_deduction(payment: Payment, *, by: User, now: datetime = SESSION_END, **fields) -> Deduction:
    defaults = {
        "reason": "noise",
        "amount_fen": 50_00,
        "evidence_take": "17/2",
        "words": "There was a phone ringing in dialogue 17.",
    }
    return deductions.propose_deduction(payment, by=by, now=now, **(defaults | fields))


def make_batch(*, by: User, payments: list[Payment] | None = None, now: datetime = NOW) -> PayoutBatch:
    return payouts.make_batch(payments or [make_payable_payment()], by=by, now=now)


def make_submitted_batch(*, by: User, approver: User, payments=None, now: datetime = NOW) -> PayoutBatch:
    batch = make_batch(by=by, payments=payments, now=now)
    payouts.approve_batch(batch, by=approver, now=now)
    payouts.mark_submitted(batch, by=by, now=now)
    return batch


def make_operator_of(booking: Booking) -> User:
    """Return an operator who works in the studio of the booking."""
    operator = make_staff("operator")
    StudioStaff.objects.create(studio=booking.slot.booth.studio, person=operator)
    return operator
