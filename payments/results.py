"""What the bank answered: results of a submitted batch, line by line, by our number. Rule: R-41."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.answers import Answer, Outcome
from payments.ledger import move_payments
from payments.models import BatchStatus, PaymentStatus, Payout, PayoutBatch, PayoutStatus
from payments.payouts import BatchRefused, lock_batch, move_batch, move_payouts
from payments.withholding import give_back_tax

STATUS_OF = {
    Outcome.SUCCESS: PayoutStatus.SUCCESS,
    Outcome.FAILED: PayoutStatus.FAILED,
    Outcome.UNKNOWN: PayoutStatus.UNKNOWN,
}
OPEN_STATUSES = [PayoutStatus.SUBMITTED, PayoutStatus.UNKNOWN]


@dataclass(frozen=True)
class Recorded:
    """How many payouts changed, by what became of them; the others were known already."""

    paid: int = 0
    failed: int = 0
    unknown: int = 0
    unchanged: int = 0


@transaction.atomic
def record_results(batch: PayoutBatch, *, rows: Sequence[Answer], by: User, now: datetime) -> Recorded:
    """
    Write the bank's answers into a submitted batch: all of them, or none when one cannot be true.

    Success pays the payment. Failure gives its tax back and returns it to the
    approved ones, where a later batch pays it under a new number. Unknown waits:
    the bank is asked again with the same number. The same answers twice change
    nothing. When no payout is open, the batch is settled. Raise BatchRefused:
    `not_submitted`, `unknown_number`, `conflicting_results`, `wrong_amount`,
    `already_settled`, `own_payment` (nobody says that their own pay failed). Locks the batch. Rule: R-41.
    """
    lock_batch(batch)
    batch.refresh_from_db()
    if batch.status not in (BatchStatus.SUBMITTED, BatchStatus.SETTLED):
        raise BatchRefused(_("Mark the batch as submitted first."), code="not_submitted")
    answers = _by_number(rows)
    payouts = {
        payout.number: payout
        for payout in batch.payouts.select_related("payment").filter(number__in=answers).order_by("pk")
    }
    moves: dict[tuple[str, str], list[Payout]] = defaultdict(list)
    for number, answer in answers.items():
        payout = _check_answer(payouts.get(number), answer, by=by)
        if STATUS_OF[answer.outcome] != payout.status:
            payout.result = answer.message
            moves[payout.status, STATUS_OF[answer.outcome]].append(payout)
    for (old, to), moved in moves.items():
        _settle(moved, old=old, to=to, by=by, now=now)
    if moves and not batch.payouts.filter(status__in=OPEN_STATUSES).exists():
        move_batch(batch, old=BatchStatus.SUBMITTED, to=BatchStatus.SETTLED, by=by, now=now)
    return _count(moves, answered=len(answers))


def _by_number(rows: Sequence[Answer]) -> dict[str, Answer]:
    """Return the answers by our number. Refuse two that say different things of one payout."""
    answers: dict[str, Answer] = {}
    for row in rows:
        if answers.setdefault(row.number, row).outcome != row.outcome:
            raise BatchRefused(
                _("Our number %(number)s has two different results."),
                code="conflicting_results",
                params={"number": row.number[:40]},
            )
    return answers


def _check_answer(payout: Payout | None, answer: Answer, *, by: User) -> Payout:
    """Return the payout that is answered. Refuse what cannot be an answer to it."""
    params = {"number": answer.number[:40]}
    if payout is None:
        raise BatchRefused(
            _("Our number %(number)s is not in this batch."), code="unknown_number", params=params
        )
    if payout.payment.person_id == by.pk:
        raise BatchRefused(_("Your own pay is among these results. Ask a colleague."), code="own_payment")
    if answer.amount_fen not in (None, payout.amount_fen):
        raise BatchRefused(
            _("The amount beside %(number)s is not what we sent."), code="wrong_amount", params=params
        )
    if payout.status not in OPEN_STATUSES and STATUS_OF[answer.outcome] != payout.status:
        raise BatchRefused(
            _("%(number)s has its final result already, and it was another one."),
            code="already_settled",
            params=params,
        )
    return payout


def _settle(payouts: Sequence[Payout], *, old: str, to: str, by: User, now: datetime) -> None:
    """Move payouts with one answer, and the payments behind them."""
    move_payouts(payouts, old=old, to=to, by=by, now=now)
    Payout.objects.bulk_update(payouts, ["result"], batch_size=200)
    payments = [payout.payment for payout in payouts]
    if to == PayoutStatus.SUCCESS:
        move_payments(payments, old=PaymentStatus.IN_BATCH, to=PaymentStatus.PAID, by=by, now=now)
    if to == PayoutStatus.FAILED:
        give_back_tax(payouts, by=by, now=now)
        move_payments(payments, old=PaymentStatus.IN_BATCH, to=PaymentStatus.APPROVED, by=by, now=now)


def _count(moves: dict[tuple[str, str], list[Payout]], *, answered: int) -> Recorded:
    """Return how many payouts went where."""
    to: dict[str, int] = defaultdict(int)
    for (_old, new), payouts in moves.items():
        to[new] += len(payouts)
    return Recorded(
        paid=to[PayoutStatus.SUCCESS],
        failed=to[PayoutStatus.FAILED],
        unknown=to[PayoutStatus.UNKNOWN],
        unchanged=answered - sum(to.values()),
    )
