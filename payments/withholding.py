"""Tax on the payouts of a batch: withheld when its file is frozen, given back when a payout fails. Rule: R-40."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from payments.models import (
    LineKind,
    PaymentLine,
    Payout,
    PayoutStatus,
    TaxAssessment,
    TaxMode,
)
from payments.tax import RULE_VERSION, tax_month, withhold_now

DEAD_STATUSES = [PayoutStatus.FAILED, PayoutStatus.CANCELLED]


def withhold_tax(payouts: Sequence[Payout], *, by: User, now: datetime) -> None:
    """
    Assess the payouts one after the other, write their tax lines, and lower their amounts to the net.

    Call it inside a transaction that holds the payees' accounts locked: two
    batches with one person would otherwise both take the month for empty. The
    payouts come with their payments and gross amounts. The month is that of `now`
    in the payer's time zone. Rule: R-40.
    """
    month_on = tax_month(now, zone=timezone.get_default_timezone())
    months = _month_so_far({payout.payment.person_id for payout in payouts}, month_on=month_on)
    assessments, lines = [], []
    for payout in payouts:
        gross, withheld = months.get(payout.payment.person_id, (0, 0))
        tax_fen = withhold_now(payout.amount_fen, month_gross_fen=gross, month_withheld_fen=withheld)
        assessment = TaxAssessment(
            payout=payout,
            person_id=payout.payment.person_id,
            month_on=month_on,
            mode=TaxMode.LABOUR_61,
            rule_version=RULE_VERSION,
            gross_fen=payout.amount_fen,
            month_gross_fen=gross + payout.amount_fen,
            month_withheld_fen=withheld,
            withheld_fen=tax_fen,
        )
        months[payout.payment.person_id] = (assessment.month_gross_fen, withheld + tax_fen)
        assessments.append(assessment)
        if tax_fen:
            lines.append(_tax_line(payout, kind=LineKind.TAX, amount_fen=-tax_fen, by=by, now=now))
            payout.amount_fen -= tax_fen
    TaxAssessment.objects.bulk_create(assessments)
    PaymentLine.objects.bulk_create(lines)


def _month_so_far(people: set[int], *, month_on: date) -> dict[int, tuple[int, int]]:
    """Return what each person's live payouts of the month came to: (gross, withheld), in fen."""
    rows = (
        TaxAssessment.objects.filter(person__in=people, month_on=month_on)
        .exclude(payout__status__in=DEAD_STATUSES)
        .values_list("person")
        .annotate(gross=Sum("gross_fen"), withheld=Sum("withheld_fen"))
    )
    return {person: (gross, withheld) for person, gross, withheld in rows}


def give_back_tax(payouts: Sequence[Payout], *, by: User, now: datetime) -> None:
    """Write the line that undoes the tax of each payout that failed: nothing was paid, so nothing is withheld."""
    taxes = PaymentLine.objects.filter(payout__in=payouts, kind=LineKind.TAX).select_related("payout")
    PaymentLine.objects.bulk_create(
        _tax_line(line.payout, kind=LineKind.CORRECTION, amount_fen=-line.amount_fen, by=by, now=now)
        for line in taxes
        if line.payout
    )


def _tax_line(payout: Payout, *, kind: str, amount_fen: int, by: User, now: datetime) -> PaymentLine:
    return PaymentLine(
        payment_id=payout.payment_id, kind=kind, amount_fen=amount_fen, payout=payout, by=by, at=now
    )
