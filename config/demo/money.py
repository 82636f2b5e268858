"""The demo's money: what was earned, one deduction decided and one open, a batch paid and a batch in draft."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.access import Role
from accounts.models import User
from config.demo.crowd import Walker
from payments.answers import Answer, Outcome
from payments.deductions import approve_deduction, propose_deduction
from payments.earnings import approve_payments_due, create_payments_due
from payments.models import DeductionReason, PayeeAccountKind, Payment, PaymentStatus
from payments.payees import save_account
from payments.payouts import approve_batch, make_batch, mark_submitted
from payments.results import record_results


def pay_first_sessions(walkers: Sequence[Walker], *, staff: dict[str, list[User]], now: datetime) -> None:
    """Write the payments of the sessions of last week and before, deduct from one, and pay out half of them."""
    _name_accounts(walkers, now=now - timedelta(days=9))
    create_payments_due(now=now - timedelta(days=9))
    manager, (maker, approver) = staff[Role.MANAGER][0], staff[Role.FINANCE]
    for payment in Payment.objects.filter(status=PaymentStatus.DUE).order_by("pk")[:1]:
        _propose(payment, by=manager, now=now - timedelta(days=8))
        approve_deduction(payment.deductions.get(), by=approver, now=now - timedelta(days=7))
    approve_payments_due(now=now - timedelta(hours=30))
    ready = list(Payment.objects.filter(status=PaymentStatus.APPROVED).order_by("pk"))
    half = -(-len(ready) // 2)
    _pay_out(ready[:half], maker=maker, approver=approver, now=now)
    if ready[half:]:
        make_batch(ready[half : half + 3], by=maker, now=now - timedelta(hours=1))


def count_last_sessions(*, staff: dict[str, list[User]], now: datetime) -> None:
    """Write the payments of this week's sessions, and propose a deduction that nobody has decided yet."""
    create_payments_due(now=now)
    for payment in Payment.objects.filter(status=PaymentStatus.DUE).order_by("pk")[:1]:
        _propose(payment, by=staff[Role.MANAGER][0], now=now)


def _name_accounts(walkers: Sequence[Walker], *, now: datetime) -> None:
    """Let everybody who recorded say where their pay goes."""
    for number, walker in enumerate(walker for walker in walkers if walker.fate in {"recorded", "no_show"}):
        save_account(
            walker.person,
            kind=PayeeAccountKind.ALIPAY.value,
            number=f"1350000{number:04d}",
            holder_name=walker.person.profile.name,
            bank_name="",
            now=now,
        )


def _propose(payment: Payment, *, by: User, now: datetime) -> None:
    propose_deduction(
        payment,
        reason=DeductionReason.NOISE.value,
        amount_fen=3000,
        evidence_take="17/1",
        words="第 17 段有手机震动声，重录后仍能听到。",
        by=by,
        now=now,
    )


def _pay_out(payments: Sequence[Payment], *, maker: User, approver: User, now: datetime) -> None:
    """Make a batch, approve it by somebody else, send it, and read back that all was paid. Rule: R-41."""
    if not payments:
        return
    batch = make_batch(payments, by=maker, now=now - timedelta(hours=26))
    approve_batch(batch, by=approver, now=now - timedelta(hours=25))
    mark_submitted(batch, by=maker, now=now - timedelta(hours=24))
    answers = [Answer(payout.number, Outcome.SUCCESS) for payout in batch.payouts.all()]
    record_results(batch, rows=answers, by=maker, now=now - timedelta(hours=2))
