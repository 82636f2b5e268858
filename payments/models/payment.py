"""What one person is owed for one session, line by line."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly, StatusEvent
from scheduling.models import Booking, Project


class PaymentStatus(models.TextChoices):
    DUE = "due", _("Due")
    APPROVED = "approved", _("Approved")
    IN_BATCH = "in_batch", _("In a payout")
    PAID = "paid", _("Paid")
    CLOSED = "closed", _("Nothing to pay")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def with_amounts(self) -> "PaymentQuerySet":
        """
        Add what the lines say, in fen: `earned_fen` (pay, fee, corrections), `deducted_fen` and
        `tax_fen` (negative or 0), `net_fen` (their sum). Nothing of it is stored. Rule: R-37.
        """
        is_tax = Q(kind="tax") | Q(payout__isnull=False)
        return self.annotate(
            earned_fen=_sum_of_lines(~Q(kind="deduction") & ~is_tax),
            deducted_fen=_sum_of_lines(Q(kind="deduction")),
            tax_fen=_sum_of_lines(is_tax),
            net_fen=_sum_of_lines(Q()),
        )

    def due(self) -> "PaymentQuerySet":
        """Return the payments that wait for day 7, or for a deduction to be decided."""
        return self.filter(status="due")

    def approvable(self, *, at: datetime) -> "PaymentQuerySet":
        """Return the due payments whose time to object is over and that no open deduction keeps. Rule: R-39."""
        return self.due().filter(approvable_at__lte=at).exclude(deductions__status="proposed")

    def payable(self) -> "PaymentQuerySet":
        """Return the approved payments with something to pay and an account to pay it to."""
        return self.with_amounts().filter(
            Q(("net_fen__gt", 0)), status="approved", person__payee_account__isnull=False
        )


def _sum_of_lines(condition: Q) -> Coalesce:
    """Return the sum of the lines that meet the condition, 0 without any, as a subquery (joins multiply)."""
    lines = PaymentLine.objects.filter(condition, payment=OuterRef("pk")).order_by()
    return Coalesce(Subquery(lines.values("payment").annotate(sum=Sum("amount_fen")).values("sum")), 0)


class Payment(models.Model):
    """
    One participant's pay for one booking. Rules: R-36 to R-41.

    Its amount is the sum of its lines (whole fen); nothing is stored twice.
    `booking` is the key of the books; the recording session hangs on the same booking.
    """

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="payments", verbose_name=_("booking")
    )
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="payments", verbose_name=_("project")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments", verbose_name=_("person")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=PaymentStatus.choices, default=PaymentStatus.DUE
    )
    made_at = models.DateTimeField(_("made at"))
    approvable_at = models.DateTimeField(_("approved by itself at"), help_text=_("Day 7 after the session."))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    # What `with_amounts()` adds; no columns.
    earned_fen: int
    deducted_fen: int
    tax_fen: int
    net_fen: int

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [
            models.Index(fields=["status", "approvable_at"], name="payment_to_approve"),
            models.Index(fields=["person", "-made_at"], name="payment_by_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["booking", "person"], name="one_payment_per_person_and_booking"),
            models.CheckConstraint(
                condition=Q(status="due") | Q(approved_at__isnull=False),
                name="a_payment_is_approved_before_it_is_paid",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False), name="a_paid_payment_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class LineKind(models.TextChoices):
    PAY = "pay", _("Session pay")
    SHOW_UP_FEE = "show_up_fee", _("Show-up fee")
    DEDUCTION = "deduction", _("Deduction")
    CORRECTION = "correction", _("Correction")
    TAX = "tax", _("Tax withheld")


class PaymentLine(AppendOnly):
    """One line of the books, whole fen, signed. Corrections are new lines. Rule: R-37."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="lines", verbose_name=_("payment")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=LineKind.choices)
    amount_fen = models.IntegerField(_("amount (fen)"))
    deduction = models.OneToOneField(
        "payments.Deduction",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="line",
        verbose_name=_("deduction"),
    )
    payout = models.ForeignKey(
        "payments.Payout",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tax_lines",
        verbose_name=_("payout"),
        help_text=_("The payout that the tax was withheld from, or given back after."),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("payment line")
        verbose_name_plural = _("payment lines")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(kind__in=["pay", "show_up_fee"]),
                name="a_payment_has_one_line_of_pay",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["pay", "show_up_fee"], amount_fen__gt=0)
                | Q(kind__in=["deduction", "tax"], amount_fen__lt=0)
                | Q(kind="correction") & ~Q(amount_fen=0),
                name="a_line_has_the_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="deduction", deduction__isnull=False)
                | ~Q(kind="deduction") & Q(deduction__isnull=True),
                name="a_deduction_line_names_its_deduction",
            ),
            models.CheckConstraint(
                condition=Q(kind="tax", payout__isnull=False)
                | Q(kind="correction")
                | ~Q(kind="tax") & Q(payout__isnull=True),
                name="a_tax_line_names_its_payout",
            ),
            models.UniqueConstraint(fields=["payout", "kind"], name="a_payout_is_taxed_and_given_back_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_fen}"


class PaymentEvent(StatusEvent):
    """A change of a payment's status."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="events", verbose_name=_("payment")
    )
    old = models.CharField(_("before"), max_length=10, choices=PaymentStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=10, choices=PaymentStatus.choices)

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        ordering = ["id"]
