"""
What must be true of the books, whatever the code does: sweeps over the rows themselves.

Each `broken_…` returns a line for everything that is wrong, in a constant number
of queries. They look past the rules and constraints on purpose, at what somebody
with a database shell could have done. Rules: R-26, R-36 to R-41.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from payments.answers import read_amounts
from payments.models import Deduction, Payment, PaymentEvent, PaymentLine, Payout, PayoutBatch, TaxAssessment
from payments.payouts import read_file
from payments.tax import withhold_now
from scheduling.models import Attendance, Booking

LIVE_PAYOUT = ~Q(status__in=["failed", "cancelled"])
# The task runs every five minutes; a day without a payment means that it does not run.
PATIENCE = timedelta(days=1)


def broken_payments() -> list[str]:
    """Find payments whose lines or status cannot be true."""
    payments = Payment.objects.with_amounts()
    last = PaymentEvent.objects.filter(payment=OuterRef("pk")).order_by("-id")
    success = Payout.objects.filter(payment=OuterRef("pk"), status="success")
    live = Payout.objects.filter(LIVE_PAYOUT, payment=OuterRef("pk"))
    earning = PaymentLine.objects.filter(payment=OuterRef("pk"), kind__in=["pay", "show_up_fee"])
    return [
        *_named("comes to less than nothing", payments.filter(Q(("net_fen__lt", 0)))),
        *_named("has no line of pay or fee", payments.filter(~Exists(earning))),
        *_named("is paid without a payout that succeeded", payments.filter(~Exists(success), status="paid")),
        *_named(
            "has a payout that succeeded and is not paid",
            payments.filter(Exists(success)).exclude(status="paid"),
        ),
        *_named("is in a payout that does not live", payments.filter(~Exists(live), status="in_batch")),
        *_named(
            "is in a payout and does not know it",
            payments.filter(Exists(live), status__in=["due", "approved", "closed"]),
        ),
        *_named("is closed with something to pay", payments.filter(Q(("net_fen__gt", 0)), status="closed")),
        *_named(
            "last changed to another status than it has",
            Payment.objects.annotate(last=Subquery(last.values("new")[:1])).exclude(last=F("status")),
        ),
    ]


def broken_earnings() -> list[str]:
    """Find sessions and fees that nobody was paid for, and payments that no fact of the studio stands behind."""
    paid = Payment.objects.filter(booking=OuterRef("pk"))
    completed = Booking.objects.filter(status="completed", slot__ends_at__lt=timezone.now() - PATIENCE)
    unpaid = completed.filter(
        ~Exists(paid.filter(person=OuterRef("pair__person_a")))
        | ~Exists(paid.filter(person=OuterRef("pair__person_b")))
    )
    fees = Payment.objects.filter(booking=OuterRef("booking"), person=OuterRef("person"))
    turned_away = Attendance.objects.filter(
        ~Exists(fees),
        outcome="turned_away",
        booking__rate_fen__gte=F("booking__project__show_up_fee_divisor"),
        booking__slot__ends_at__lt=timezone.now() - PATIENCE,
    )
    return [
        *_named("is completed and somebody has no payment", unpaid),
        *_named("was turned away and has no fee", turned_away),
        *_named("is for nothing that happened", _payments_without_facts()),
        *_named("pays another rate than was confirmed", _payments_at_another_rate()),
    ]


def _payments_without_facts() -> QuerySet[Payment]:
    """Return payments that are worth something and that neither a session nor a closed door explains."""
    turned_away = Attendance.objects.filter(
        booking=OuterRef("booking"), person=OuterRef("person"), outcome="turned_away"
    )
    is_of_pair = Q(person=F("booking__pair__person_a")) | Q(person=F("booking__pair__person_b"))
    has_session = Q(booking__status="completed") & is_of_pair
    return (
        Payment.objects.with_amounts().exclude(Q(("net_fen", 0))).exclude(has_session | Exists(turned_away))
    )


def _payments_at_another_rate() -> QuerySet[Payment]:
    """Return payments whose line of pay is not the confirmed rate, or whose fee is more than it."""
    rate = F("booking__rate_fen")
    is_right = Q(lines__kind="pay", lines__amount_fen=rate) | Q(
        lines__kind="show_up_fee", lines__amount_fen__lte=rate
    )
    right = Payment.objects.filter(is_right, pk=OuterRef("pk"))
    return Payment.objects.filter(~Exists(right), lines__kind__in=["pay", "show_up_fee"])


def broken_deductions() -> list[str]:
    """Find deductions that one person decided alone, or whose line is missing, wrong or too many."""
    lines = PaymentLine.objects.filter(deduction=OuterRef("pk"))
    right = lines.filter(payment=OuterRef("payment"), kind="deduction", amount_fen=-OuterRef("amount_fen"))
    return [
        *_named("was decided by its proposer", Deduction.objects.filter(decided_by=F("proposed_by"))),
        *_named("is approved without its line", Deduction.objects.filter(~Exists(right), status="approved")),
        *_named(
            "has a line and is not approved",
            Deduction.objects.filter(Exists(lines)).exclude(status="approved"),
        ),
        *_named(
            "is open and its payment no longer due",
            Deduction.objects.filter(status="proposed").exclude(payment__status="due"),
        ),
    ]


def broken_payouts() -> list[str]:
    """Find payouts that live twice, pay another amount than their lines, or break the chain of numbers."""
    live = Payout.objects.filter(LIVE_PAYOUT)
    doubled = live.order_by().values("payment").annotate(count=Count("pk")).filter(count__gt=1)
    net = Payment.objects.with_amounts().filter(
        Q(("net_fen", OuterRef("amount_fen"))), pk=OuterRef("payment")
    )
    return [
        *(f"payment {row['payment']} has {row['count']} live payouts" for row in doubled),
        *_named("pays another amount than its lines", live.filter(~Exists(net))),
        *_named(
            "replaces a payout that lives",
            Payout.objects.filter(replaces__isnull=False).exclude(
                replaces__status__in=["failed", "cancelled"]
            ),
        ),
        *_named(
            "replaces a payout of another payment",
            Payout.objects.filter(replaces__isnull=False).exclude(replaces__payment=F("payment")),
        ),
    ]


def broken_taxes() -> list[str]:
    """Find tax lines that no assessment explains, tax kept on a failed payout, and wrong sums."""
    taxed = Payout.objects.annotate(
        line_fen=Coalesce(Sum("tax_lines__amount_fen"), 0), withheld=Coalesce(F("tax__withheld_fen"), 0)
    )
    unassessed = Payout.objects.filter(tax__isnull=True).exclude(status__in=["draft", "cancelled"])
    wrong = [
        f"tax assessment {tax.pk} withholds {tax.withheld_fen} fen"
        for tax in TaxAssessment.objects.iterator()
        if tax.withheld_fen
        != withhold_now(
            tax.gross_fen,
            month_gross_fen=tax.month_gross_fen - tax.gross_fen,
            month_withheld_fen=tax.month_withheld_fen,
        )
    ]
    return [
        *wrong,
        *_named("left without a tax assessment", unassessed),
        *_named(
            "has another tax line than its assessment",
            taxed.filter(LIVE_PAYOUT).exclude(line_fen=-F("withheld")),
        ),
        *_named("failed and its tax was not given back", taxed.exclude(LIVE_PAYOUT).exclude(line_fen=0)),
    ]


def broken_batches() -> list[str]:
    """Find batches approved by their maker, and frozen files that are not what was approved."""
    batches = PayoutBatch.objects.annotate(
        open=Count("payouts", filter=Q(payouts__status__in=["draft", "approved", "submitted", "unknown"]))
    )
    return [
        *_named("was approved by its maker", batches.filter(approved_by=F("made_by"))),
        *_named(
            "is over and has open payouts", batches.filter(status__in=["settled", "cancelled"], open__gt=0)
        ),
        *_broken_files(),
    ]


def _broken_files() -> Iterator[str]:
    """Compare each frozen file, byte for byte and line for line, with its batch."""
    frozen = PayoutBatch.objects.exclude(status__in=["draft", "cancelled"]).select_related("file")
    for batch in frozen.prefetch_related("payouts").order_by("pk").iterator(chunk_size=100):
        if not hasattr(batch, "file"):
            yield f"batch {batch.pk} is approved without its file"
            continue
        content = read_file(batch)
        payouts = {payout.number: payout.amount_fen for payout in batch.payouts.all()}
        if hashlib.sha256(content).hexdigest() != batch.file_sha256:
            yield f"batch {batch.pk} has a file with another SHA-256"
        if sum(payouts.values()) != batch.total_fen:
            yield f"batch {batch.pk} has another total than its payouts"
        if read_amounts(content) != payouts:
            yield f"batch {batch.pk} has a file that names other payouts"


def _named(what: str, rows: QuerySet) -> Iterator[str]:
    """Yield `payment 7 …` for each row."""
    name = rows.model._meta.verbose_name
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        yield f"{name} {pk} {what}"
