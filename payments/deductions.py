"""Deductions: proposed by one with evidence and words, decided by another. Rule: R-38."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.ledger import lock_payments, net_fen
from payments.models import (
    Deduction,
    DeductionEvent,
    DeductionStatus,
    LineKind,
    Payment,
    PaymentLine,
    PaymentStatus,
)

MOVES: dict[str, set[str]] = {
    DeductionStatus.PROPOSED: {DeductionStatus.APPROVED, DeductionStatus.REFUSED},
    DeductionStatus.APPROVED: set(),
    DeductionStatus.REFUSED: set(),
}


class DeductionRefused(ValidationError):
    """A deduction that cannot be proposed or decided; the code says why."""


def deductible_fen(payment: Payment) -> int:
    """Return what may still be taken from a due payment, in fen: its lines less what is proposed. Rule: R-38."""
    proposed = payment.deductions.filter(status=DeductionStatus.PROPOSED)
    return net_fen(payment) - (proposed.aggregate(sum=Sum("amount_fen"))["sum"] or 0)


@transaction.atomic
def propose_deduction(
    payment: Payment,
    *,
    reason: str,
    amount_fen: int,
    words: str,
    by: User,
    now: datetime,
    evidence_take: str = "",
    evidence_from_s: int | None = None,
    evidence_to_s: int | None = None,
) -> Deduction:
    """
    Write a proposal that keeps the payment from being approved until it is decided.

    Raise DeductionRefused: `own_payment`, `not_due`, `words_missing`,
    `evidence_missing`, `amount_not_positive`, or `over_pay` when it and the other
    proposals would take more than the pay. Locks the payment. Rule: R-38.
    """
    (locked,) = lock_payments([payment.pk])
    if by.pk == locked.person_id:
        raise DeductionRefused(_("This is your own pay."), code="own_payment")
    if locked.status != PaymentStatus.DUE:
        raise DeductionRefused(
            _("This payment is already approved. A deduction is possible only while it is due."),
            code="not_due",
        )
    if not words.strip():
        raise DeductionRefused(_("Write what the participant will read."), code="words_missing")
    _check_evidence(evidence_take, evidence_from_s, evidence_to_s)
    _check_amount(amount_fen, most_fen=deductible_fen(locked))
    deduction = Deduction.objects.create(
        payment=locked,
        reason=reason,
        amount_fen=amount_fen,
        words=words.strip(),
        evidence_take=evidence_take.strip(),
        evidence_from_s=evidence_from_s,
        evidence_to_s=evidence_to_s,
        proposed_by=by,
        proposed_at=now,
    )
    DeductionEvent.objects.create(deduction=deduction, new=DeductionStatus.PROPOSED, by=by, at=now)
    return deduction


def _check_evidence(take: str, from_s: int | None, to_s: int | None) -> None:
    """Refuse a deduction without a take or a whole time range."""
    has_range = from_s is not None and to_s is not None and to_s > from_s
    is_half_range = not has_range and (from_s is not None or to_s is not None)
    if is_half_range or not (take.strip() or has_range):
        raise DeductionRefused(
            _("Name the take, or the time range: from a second to a later one."), code="evidence_missing"
        )


def _check_amount(amount_fen: int, *, most_fen: int) -> None:
    """Refuse a deduction of nothing, or of more than is left of the pay."""
    if amount_fen <= 0:
        raise DeductionRefused(_("A deduction takes at least ¥0.01."), code="amount_not_positive")
    if amount_fen > most_fen:
        raise DeductionRefused(
            _("At most ¥%(most)s can still be deducted from this payment."),
            code="over_pay",
            params={"most": f"{most_fen // 100}.{most_fen % 100:02d}"},
        )


@transaction.atomic
def approve_deduction(deduction: Deduction, *, by: User, now: datetime, note: str = "") -> None:
    """
    Approve the deduction and write its line into the books.

    Raise DeductionRefused: `own_proposal`, `own_payment`, `decided` (another was
    first), `not_due`, `over_pay`. Locks the payment. Rule: R-38.
    """
    (payment,) = lock_payments([deduction.payment_id])
    _check_decider(deduction, payment=payment, by=by)
    if payment.status != PaymentStatus.DUE:
        raise DeductionRefused(_("This payment is already approved."), code="not_due")
    move_deduction(deduction, to=DeductionStatus.APPROVED, by=by, now=now, note=note)
    _check_amount(deduction.amount_fen, most_fen=net_fen(payment))
    PaymentLine.objects.create(
        payment=payment,
        kind=LineKind.DEDUCTION,
        amount_fen=-deduction.amount_fen,
        deduction=deduction,
        by=by,
        at=now,
    )


@transaction.atomic
def refuse_deduction(deduction: Deduction, *, by: User, now: datetime, note: str) -> None:
    """
    Refuse the deduction with a note; the pay stays as it was.

    Raise DeductionRefused: `own_proposal`, `own_payment`, `note_missing`,
    `decided`. Locks the payment. Rule: R-38.
    """
    (payment,) = lock_payments([deduction.payment_id])
    _check_decider(deduction, payment=payment, by=by)
    if not note.strip():
        raise DeductionRefused(_("Write why you refuse, for the one who proposed it."), code="note_missing")
    move_deduction(deduction, to=DeductionStatus.REFUSED, by=by, now=now, note=note)


def _check_decider(deduction: Deduction, *, payment: Payment, by: User) -> None:
    """Refuse a decision by the one who proposed it, or whose pay it is."""
    if by.pk == deduction.proposed_by_id:
        raise DeductionRefused(
            _("You proposed this deduction, so somebody else decides it."), code="own_proposal"
        )
    if by.pk == payment.person_id:
        raise DeductionRefused(_("This is your own pay."), code="own_payment")


def move_deduction(deduction: Deduction, *, to: str, by: User, now: datetime, note: str = "") -> None:
    """
    Decide a proposed deduction: compare-and-swap and its event. Call it inside a transaction.

    Raise DeductionRefused(code="decided") when another decided first.
    """
    note = note.strip()
    old = DeductionStatus.PROPOSED
    if to not in MOVES[old]:
        raise ValueError(f"a deduction never moves to {to}")
    moved = Deduction.objects.filter(pk=deduction.pk, status=old).update(
        status=to, decided_by=by, decided_at=now, decision_note=note
    )
    if not moved:
        raise DeductionRefused(_("Somebody else has already decided this deduction."), code="decided")
    DeductionEvent.objects.create(deduction=deduction, old=old, new=to, by=by, at=now, reason=note)
    deduction.status, deduction.decided_by, deduction.decided_at, deduction.decision_note = to, by, now, note
