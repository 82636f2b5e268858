"""The books: the moves of a payment and its lines. Amounts are sums of lines, never stored twice."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.models import Payment, PaymentEvent, PaymentStatus

MOVES: dict[str, set[str]] = {
    PaymentStatus.DUE: {PaymentStatus.APPROVED},
    PaymentStatus.APPROVED: {PaymentStatus.IN_BATCH},
    PaymentStatus.IN_BATCH: {PaymentStatus.PAID, PaymentStatus.APPROVED},
    PaymentStatus.PAID: set(),
}
STAMPS: dict[tuple[str, str], str] = {
    (PaymentStatus.DUE, PaymentStatus.APPROVED): "approved_at",
    (PaymentStatus.IN_BATCH, PaymentStatus.PAID): "paid_at",
}


class PaymentRefused(ValidationError):
    """Something that cannot be done to a payment; the code says why."""


@transaction.atomic
def move_payments(
    payments: Sequence[Payment], *, old: str, to: str, by: User | None, now: datetime, reason: str = ""
) -> None:
    """
    Move all the payments from `old` to `to`, or none: one compare-and-swap, an event for each.

    Raise PaymentRefused(code="moved") when one of them has left `old` meanwhile,
    ValueError for a move that the table does not know. `by` is None for the clock.
    """
    if to not in MOVES[old]:
        raise ValueError(f"a payment never moves from {old} to {to}")
    # A payment that comes back from a failed payout keeps the time at which it was approved.
    stamp = STAMPS.get((old, to))
    changes = {"status": to} | ({stamp: now} if stamp else {})
    ids = [payment.pk for payment in payments]
    if Payment.objects.filter(pk__in=ids, status=old).update(**changes) != len(ids):
        raise PaymentRefused(
            _("Somebody else has just changed this payment. Look at it again."), code="moved"
        )
    PaymentEvent.objects.bulk_create(
        PaymentEvent(payment=payment, old=old, new=to, by=by, at=now, reason=reason) for payment in payments
    )
    for payment in payments:
        payment.status = to
        if stamp:
            setattr(payment, stamp, now)


def lock_payments(ids: Sequence[int]) -> list[Payment]:
    """Return the payments with their rows locked, in the order of their ids. Call it inside a transaction."""
    return list(Payment.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def net_fen(payment: Payment) -> int:
    """Return what the payment comes to: the sum of its lines, in fen. Rule: R-37."""
    return payment.lines.aggregate(sum=Sum("amount_fen"))["sum"] or 0
