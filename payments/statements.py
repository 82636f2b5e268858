"""What a participant reads about their pay: every line with its reason, where it stands, sums by month. Rule: R-39."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from payments.models import (
    Deduction,
    DeductionStatus,
    LineKind,
    Payment,
    PaymentLine,
    PaymentStatus,
    Payout,
    PayoutStatus,
)
from payments.templatetags.money import clock_time, money


@dataclass(frozen=True)
class StatementLine:
    """One line of the books in the participant's words."""

    label: str
    words: str
    amount_fen: int


@dataclass(frozen=True)
class Card:
    """One session on the statement."""

    payment: Payment
    lines: list[StatementLine]
    steps: list[dict[str, str]]
    failed: str
    is_checked: bool


def statement_payments(person: User) -> QuerySet[Payment]:
    """Return a person's payments, newest session first, with all that their cards show."""
    lines = PaymentLine.objects.select_related("deduction", "payout__tax")
    return (
        Payment.objects.with_amounts()
        .filter(person=person)
        .select_related("booking__slot__booth__studio__city", "project")
        .prefetch_related(
            Prefetch("lines", queryset=lines),
            Prefetch("payouts", queryset=Payout.objects.order_by("-pk")),
            Prefetch("deductions", queryset=Deduction.objects.filter(status=DeductionStatus.PROPOSED)),
        )
        .order_by("-booking__slot__starts_at", "-pk")
    )


def make_cards(payments: Iterable[Payment]) -> list[Card]:
    """Return the cards of payments that `statement_payments` read."""
    return [
        Card(
            payment=payment,
            lines=[explain_line(line) for line in payment.lines.all()],
            steps=payment_steps(payment),
            failed=_failed_transfer(payment),
            is_checked=bool(payment.deductions.all()),
        )
        for payment in payments
    ]


def explain_line(line: PaymentLine) -> StatementLine:
    """Return a line with the reason for it, in words that its person understands."""
    return StatementLine(label=line.get_kind_display(), words=_reason(line), amount_fen=line.amount_fen)


def _reason(line: PaymentLine) -> str:
    if line.kind == LineKind.PAY:
        return _("For this session, at the rate that was fixed when it was confirmed.")
    if line.kind == LineKind.SHOW_UP_FEE:
        return _("You came, and the session could not take place.")
    if line.deduction:
        return f"{line.deduction.get_reason_display()} · {evidence(line.deduction)} · {line.deduction.words}"
    if line.kind == LineKind.TAX and line.payout:
        return _tax_reason(line.payout)
    if line.payout:
        return _("The transfer failed, so its tax was given back.")
    return line.note


def _tax_reason(payout: Payout) -> str:
    tax = payout.tax
    return _("Tax on your labour income of %(month)s: %(gross)s so far, %(before)s withheld before.") % {
        "month": date_format(tax.month_on, "YEAR_MONTH_FORMAT"),
        "gross": money(tax.month_gross_fen),
        "before": money(tax.month_withheld_fen),
    }


def evidence(deduction: Deduction) -> str:
    """Return where the reason for a deduction can be heard."""
    parts = []
    if deduction.evidence_take:
        parts.append(_("take %(take)s") % {"take": deduction.evidence_take})
    if deduction.evidence_to_s is not None:
        parts.append(f"{clock_time(deduction.evidence_from_s)}–{clock_time(deduction.evidence_to_s)}")
    return ", ".join(parts)


def payment_steps(payment: Payment) -> list[dict[str, str]]:
    """Return the way of a payment from the session to the account, for `components/steps.html`."""
    states = {
        PaymentStatus.DUE: ("done", "current", "todo", "todo"),
        PaymentStatus.APPROVED: ("done", "done", "current", "todo"),
        PaymentStatus.IN_BATCH: ("done", "done", "done", "current"),
        PaymentStatus.PAID: ("done", "done", "done", "done"),
        PaymentStatus.CLOSED: ("done", "done"),
    }[PaymentStatus(payment.status)]
    texts = (
        (_("Session"), _day(payment.booking.slot.starts_at)),
        (_("Checked"), _day(payment.approved_at or payment.approvable_at)),
        (_("Next payout"), ""),
        (_("On your account"), _day(payment.paid_at)),
    )
    return [
        {"state": state, "label": label, "text": text}
        for state, (label, text) in zip(states, texts, strict=False)
    ]


def _day(at: datetime | None) -> str:
    return date_format(localtime(at), "SHORT_DATE_FORMAT") if at else ""


def _failed_transfer(payment: Payment) -> str:
    """Return the bank's words when the last transfer failed and the next has not begun; "" otherwise."""
    last = next(iter(payment.payouts.all()), None)
    if payment.status != PaymentStatus.APPROVED or last is None or last.status != PayoutStatus.FAILED:
        return ""
    return last.result or _("The bank gave no reason.")


def sum_up(person: User) -> dict[str, int | datetime | None]:
    """Return what was paid, what is on its way and what is being checked (fen), and the day of the next approval."""
    lines = PaymentLine.objects.filter(payment__person=person)
    return lines.aggregate(
        paid_fen=_sum(Q(payment__status=PaymentStatus.PAID)),
        coming_fen=_sum(Q(payment__status__in=[PaymentStatus.APPROVED, PaymentStatus.IN_BATCH])),
        due_fen=_sum(Q(payment__status=PaymentStatus.DUE)),
        next_at=Min("payment__approvable_at", filter=Q(payment__status=PaymentStatus.DUE)),
    )


def sum_months(person: User) -> QuerySet:
    """Return a row for each month of sessions: how many, earned, deducted, tax, what is left (fen)."""
    is_tax = Q(kind=LineKind.TAX) | Q(payout__isnull=False)
    is_deduction = Q(kind=LineKind.DEDUCTION)
    return (
        PaymentLine.objects.filter(payment__person=person)
        .annotate(month=TruncMonth("payment__booking__slot__starts_at"))
        .values("month")
        .annotate(
            sessions=Count("payment", distinct=True),
            earned_fen=_sum(~is_tax & ~is_deduction),
            deducted_fen=_sum(is_deduction),
            tax_fen=_sum(is_tax),
            net_fen=_sum(Q()),
        )
        .order_by("-month")
    )


def _sum(condition: Q) -> Coalesce:
    return Coalesce(Sum("amount_fen", filter=condition), 0)
