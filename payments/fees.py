"""The show-up fee of somebody whose outcome at the door is corrected: it follows while it is due. Rules: R-26, R-37."""

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from payments.ledger import PaymentRefused, lock_payments, net_fen
from payments.models import LineKind, Payment, PaymentLine, PaymentStatus
from scheduling.models import AttendanceEvent, AttendanceOutcome


def follow_correction(event: AttendanceEvent) -> None:
    """
    Take the show-up fee back, or give it again, by a line that corrects it, as the outcome now says.

    Who has no payment yet gets theirs from `create_payments_due`. Raise
    PaymentRefused(code="fee_settled") once the payment is approved or beyond: that money is
    not taken back here. In the caller's transaction; locks the payment. Rules: R-26, R-37.
    """
    row = event.attendance
    paid = Payment.objects.filter(
        booking=row.booking_id, person=row.person_id, lines__kind=LineKind.SHOW_UP_FEE
    )
    locked = lock_payments(list(paid.values_list("pk", flat=True)))
    if not locked:
        return
    payment = locked[0]
    amount_fen = _missing_fen(payment, is_earned=event.new == AttendanceOutcome.TURNED_AWAY)
    if not amount_fen:
        return
    if payment.status != PaymentStatus.DUE:
        raise PaymentRefused(
            _(
                "The show-up fee of this session is approved already, so the outcome stays. "
                "Finance settles the difference outside the books."
            ),
            code="fee_settled",
        )
    PaymentLine.objects.create(
        payment=payment,
        kind=LineKind.CORRECTION,
        amount_fen=amount_fen,
        note=event.reason,
        by=event.by,
        at=event.at,
    )


def _missing_fen(payment: Payment, *, is_earned: bool) -> int:
    """Return what a correction has to add, in fen: all that was taken back, or less than nothing to leave nothing."""
    if not is_earned:
        return -net_fen(payment)
    corrections = payment.lines.filter(kind=LineKind.CORRECTION, payout=None)
    return -(corrections.aggregate(sum=Sum("amount_fen"))["sum"] or 0)
