"""What one person is owed for one session, line by line."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from scheduling.models import Booking, Project


class PaymentStatus(models.TextChoices):
    DUE = "due", _("Due")
    APPROVED = "approved", _("Approved")
    IN_BATCH = "in_batch", _("In a payout")
    PAID = "paid", _("Paid")


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
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_fen}"


class PaymentEvent(AppendOnly):
    """A change of a payment's status."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="events", verbose_name=_("payment")
    )
    old = models.CharField(_("before"), max_length=10, blank=True)
    new = models.CharField(_("after"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
