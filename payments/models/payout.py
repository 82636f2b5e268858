"""Payout batches: made by one, approved by another, frozen as a file."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from payments.models.payment import Payment


class BatchStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    SUBMITTED = "submitted", _("Submitted")
    SETTLED = "settled", _("Settled")
    CANCELLED = "cancelled", _("Cancelled")


class PayoutBatch(models.Model):
    """Payouts that leave together. Its file is frozen when another person approves it. Rule: R-41."""

    status = models.CharField(
        _("status"), max_length=10, choices=BatchStatus.choices, default=BatchStatus.DRAFT
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to="payouts/", max_length=200, blank=True)
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True)
    total_fen = models.PositiveBigIntegerField(
        _("total (fen)"), null=True, blank=True, help_text=_("Frozen with the file.")
    )

    class Meta:
        verbose_name = _("payout batch")
        verbose_name_plural = _("payout batches")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")),
                name="who_makes_a_batch_does_not_approve_it",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"])
                | Q(approved_by__isnull=False, approved_at__isnull=False, total_fen__isnull=False)
                & ~Q(file_sha256=""),
                name="an_approved_batch_has_its_frozen_file",
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchEvent(AppendOnly):
    """A change of a batch's status."""

    batch = models.ForeignKey(
        PayoutBatch, on_delete=models.PROTECT, related_name="events", verbose_name=_("batch")
    )
    old = models.CharField(_("before"), max_length=10, blank=True)
    new = models.CharField(_("after"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("batch event")
        verbose_name_plural = _("batch events")

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class PayoutStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("Approved")
    SUBMITTED = "submitted", _("Submitted")
    UNKNOWN = "unknown", _("Result unknown")
    SUCCESS = "success", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Payout(models.Model):
    """
    One payment in one batch, under an external number that is made once and never reused. Rule: R-41.

    `amount_fen` is the net at the time the batch was made; the payment takes no more lines while it is in a batch.
    """

    batch = models.ForeignKey(
        PayoutBatch, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("batch")
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("payment")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=PayoutStatus.choices, default=PayoutStatus.DRAFT
    )
    number = models.CharField(_("our number"), max_length=32, unique=True)
    amount_fen = models.PositiveIntegerField(_("amount (fen)"))
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
    )
    result = models.CharField(_("result"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=~Q(status__in=["failed", "cancelled"]),
                name="one_live_payout_per_payment",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_payout_pays_something"),
        ]

    def __str__(self) -> str:
        return self.number
