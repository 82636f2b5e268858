"""Who has earned what: facts of scheduling become payments, and payments become approved."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.ledger import PaymentRefused, lock_payments, move_payments, net_fen
from payments.models import (
    DeductionStatus,
    LineKind,
    Payment,
    PaymentEvent,
    PaymentLine,
    PaymentStatus,
)
from payments.rates import session_pay_fen, show_up_fee_fen
from scheduling.models import Attendance, AttendanceOutcome, Booking, BookingStatus

# A booking whose door has closed for good: only then is an outcome final enough to pay for.
OVER_WITHOUT_SESSION = [BookingStatus.FAILED, BookingStatus.CANCELLED]


def create_payments_due(*, now: datetime) -> int:
    """
    Make a payment, with its first line, for everybody who earned one and has none. Return how many.

    A completed session pays both people the rate that its confirmation fixed; who
    was turned away at the door gets the show-up fee (both, when the studio
    failed). It may run twice and beside itself: the constraint
    `one_payment_per_person_and_booking` lets one of them make the row.
    Rules: R-26, R-36.
    """
    made = 0
    for booking, person_id in _sessions_to_pay():
        made += _make_payment(
            booking,
            person_id=person_id,
            kind=LineKind.PAY,
            amount_fen=session_pay_fen(booking.rate_fen or 0),
            now=now,
        )
    for attendance in _fees_to_pay():
        booking = attendance.booking
        fee_fen = show_up_fee_fen(booking.rate_fen or 0, divisor=booking.project.show_up_fee_divisor)
        made += _make_payment(
            booking, person_id=attendance.person_id, kind=LineKind.SHOW_UP_FEE, amount_fen=fee_fen, now=now
        )
    return made


def _sessions_to_pay() -> Iterator[tuple[Booking, int]]:
    """Yield the completed bookings and the ids of their people without a payment."""
    bookings = Booking.objects.filter(status=BookingStatus.COMPLETED).select_related(
        "slot", "project", "pair"
    )
    for side in ("person_a", "person_b"):
        paid = Payment.objects.filter(booking=OuterRef("pk"), person=OuterRef(f"pair__{side}"))
        for booking in list(bookings.filter(~Exists(paid)).order_by("pk")):
            yield booking, getattr(booking.pair, f"{side}_id")


def _fees_to_pay() -> list[Attendance]:
    """Return who was turned away from a confirmed booking that is over, and has no payment for it."""
    paid = Payment.objects.filter(booking=OuterRef("booking"), person=OuterRef("person"))
    return list(
        Attendance.objects.filter(
            ~Exists(paid),
            outcome=AttendanceOutcome.TURNED_AWAY,
            booking__status__in=OVER_WITHOUT_SESSION,
            booking__rate_fen__isnull=False,
        )
        .select_related("booking__slot", "booking__project")
        .order_by("pk")
    )


@transaction.atomic
def _make_payment(booking: Booking, *, person_id: int, kind: str, amount_fen: int, now: datetime) -> int:
    """Write the payment, its line and its event; return 1, or 0 when another process was first."""
    if amount_fen <= 0:
        return 0
    payment, is_new = Payment.objects.get_or_create(
        booking=booking,
        person_id=person_id,
        defaults={
            "project": booking.project,
            "made_at": now,
            "approvable_at": booking.slot.ends_at + timedelta(days=booking.project.appeal_days),
        },
    )
    if not is_new:
        return 0
    PaymentLine.objects.create(payment=payment, kind=kind, amount_fen=amount_fen, at=now)
    PaymentEvent.objects.create(payment=payment, new=PaymentStatus.DUE, at=now)
    return 1


def approve_payments_due(*, now: datetime) -> int:
    """
    Approve every due payment whose seventh day has come and that no open deduction keeps.

    Return how many. What deductions took whole is closed: nothing waits for a payout
    that never comes. Each is locked and looked at again, so a deduction proposed
    at the same moment is either seen or refused. Rule: R-39.
    """
    ids = list(Payment.objects.approvable(at=now).order_by("pk").values_list("pk", flat=True))
    return sum(_approve_when_clear(payment_id, now=now) for payment_id in ids)


@transaction.atomic
def _approve_when_clear(payment_id: int, *, now: datetime) -> int:
    """Approve one payment unless it has changed meanwhile; return 1 or 0."""
    (payment,) = lock_payments([payment_id])
    if payment.status != PaymentStatus.DUE or has_open_deduction(payment):
        return 0
    move_payments([payment], old=PaymentStatus.DUE, to=_status_after_check(payment), by=None, now=now)
    return 1


@transaction.atomic
def approve_payment(payment: Payment, *, by: User, now: datetime, reason: str = "") -> None:
    """
    Approve a due payment by hand, before its seventh day with a written reason only.
    One that deductions took whole is closed instead.

    Raise PaymentRefused: `own_payment`, `open_deduction`, `reason_missing` or
    `moved` (no longer due). Locks the payment. Rule: R-39.
    """
    (locked,) = lock_payments([payment.pk])
    if by.pk == locked.person_id:
        raise PaymentRefused(_("Nobody approves their own pay. Ask a colleague."), code="own_payment")
    if has_open_deduction(locked):
        raise PaymentRefused(
            _("A deduction is still open. Approve or refuse it first."), code="open_deduction"
        )
    if now < locked.approvable_at and not reason.strip():
        raise PaymentRefused(
            _("The days to appeal are not over. Write why it cannot wait."), code="reason_missing"
        )
    move_payments(
        [locked],
        old=PaymentStatus.DUE,
        to=_status_after_check(locked),
        by=by,
        now=now,
        reason=reason.strip(),
    )


def _status_after_check(payment: Payment) -> PaymentStatus:
    """Return `approved`, or `closed` for a payment of which nothing is left to pay. Rules: R-38, R-39."""
    return PaymentStatus.APPROVED if net_fen(payment) > 0 else PaymentStatus.CLOSED


def has_open_deduction(payment: Payment) -> bool:
    """Return whether a deduction of this payment waits to be decided."""
    return payment.deductions.filter(status=DeductionStatus.PROPOSED).exists()
