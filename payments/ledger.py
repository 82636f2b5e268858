"""The books: the moves of a payment and its lines. Amounts are sums of lines, never stored twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.models import Payment, PaymentEvent, PaymentStatus
from payments.models.payment import PaymentQuerySet
from scheduling.models import Project

MOVES: dict[str, set[str]] = {
    PaymentStatus.DUE: {PaymentStatus.APPROVED, PaymentStatus.CLOSED},
    PaymentStatus.APPROVED: {PaymentStatus.IN_BATCH},
    PaymentStatus.IN_BATCH: {PaymentStatus.PAID, PaymentStatus.APPROVED},
    PaymentStatus.PAID: set(),
    PaymentStatus.CLOSED: set(),
}
STAMPS: dict[tuple[str, str], str] = {
    (PaymentStatus.DUE, PaymentStatus.APPROVED): "approved_at",
    (PaymentStatus.DUE, PaymentStatus.CLOSED): "approved_at",
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


# What a list can be ordered by: the words for it, and the columns. The id makes the order total.
SORTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (_("Newest session first"), ("-booking__slot__starts_at", "-pk")),
    "oldest": (_("Oldest session first"), ("booking__slot__starts_at", "pk")),
    "most": (_("Highest amount first"), ("-net_fen", "-pk")),
    "least": (_("Lowest amount first"), ("net_fen", "pk")),
    "person": (_("By participant"), ("person__pseudonym", "pk")),
    "status": (_("By state"), ("status", "-pk")),
}


def select_payments(
    payments: PaymentQuerySet,
    *,
    status: str = "",
    months: tuple[datetime, datetime] | None = None,
    project: Project | None = None,
    sort: str = "",
) -> PaymentQuerySet:
    """Return the payments with their amounts, narrowed and in order; `months` spans the session's start."""
    if status:
        payments = payments.filter(status=status)
    if months:
        payments = payments.filter(
            booking__slot__starts_at__gte=months[0], booking__slot__starts_at__lt=months[1]
        )
    if project:
        payments = payments.filter(project=project)
    return payments.with_amounts().order_by(*SORTS[sort][1])


def sum_payments(payments: PaymentQuerySet) -> dict[str, int]:
    """Return how many payments there are and what they come to, in fen, in one query. Rule: R-37."""
    names = ("earned_fen", "deducted_fen", "tax_fen", "net_fen")
    # Other aliases than the annotations': an aggregate of the same name would hide what it sums.
    sums = payments.order_by().aggregate(count=Count("pk"), **{f"sum_{name}": Sum(name) for name in names})
    return {"count": sums["count"]} | {name: sums[f"sum_{name}"] or 0 for name in names}


def months_of(payments: PaymentQuerySet) -> list[datetime]:
    """
    Return the beginnings of the local months between the last and the first session paid for, newest first.

    One query that reads two ends: asking the database for each distinct month reads them all.
    """
    starts = "booking__slot__starts_at"
    ends = payments.order_by().aggregate(first_at=Min(starts), last_at=Max(starts))
    if ends["first_at"] is None:
        return []
    zone = timezone.get_default_timezone()
    first, last = (ends[name].astimezone(zone) for name in ("first_at", "last_at"))
    numbers = range(last.year * 12 + last.month - 1, first.year * 12 + first.month - 2, -1)
    return [datetime(number // 12, number % 12 + 1, 1, tzinfo=zone) for number in numbers]


def month_span(text: str) -> tuple[datetime, datetime] | None:
    """Return the first moment of a local month `2026-03` and of the next; None without a month."""
    if not text:
        return None
    year, month = (int(part) for part in text.split("-"))
    zone = timezone.get_default_timezone()
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)
