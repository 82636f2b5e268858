"""Payout batches: made by one, approved by another, frozen as a file."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly, StatusEvent
from accounts.fields import EncryptedTextField
from payments.models.account import PayeeAccountKind
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
    kind = models.CharField(
        _("paid through"),
        max_length=8,
        choices=PayeeAccountKind.choices,
        help_text=_("Decides the form of the file: one file goes to one place."),
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


class BatchFile(AppendOnly):
    """
    The frozen file of an approved batch: base64 of its bytes, encrypted, for it names accounts.

    It is written in the transaction that approves the batch and the database lets nobody change it.
    """

    batch = models.OneToOneField(
        PayoutBatch, on_delete=models.PROTECT, related_name="file", verbose_name=_("batch")
    )
    name = models.CharField(_("file name"), max_length=80)
    content = EncryptedTextField(_("content"))
    frozen_at = models.DateTimeField(_("frozen at"))

    class Meta:
        verbose_name = _("batch file")
        verbose_name_plural = _("batch files")

    def __str__(self) -> str:
        return self.name


class BatchDownload(AppendOnly):
    """Somebody was handed the frozen file, which names accounts in full: who, when. Source: PIPL 28."""

    batch = models.ForeignKey(
        PayoutBatch, on_delete=models.PROTECT, related_name="downloads", verbose_name=_("batch")
    )
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("batch download")
        verbose_name_plural = _("batch downloads")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"file of {self.batch_id}"


class BatchEvent(StatusEvent):
    """A change of a batch's status."""

    batch = models.ForeignKey(
        PayoutBatch, on_delete=models.PROTECT, related_name="events", verbose_name=_("batch")
    )
    old = models.CharField(_("before"), max_length=10, choices=BatchStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=10, choices=BatchStatus.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("batch event")
        verbose_name_plural = _("batch events")
        ordering = ["id"]


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

    `amount_fen` is what the lines say when the batch is made, less the tax from its approval on; the payment
    takes no other lines while it is in a batch. `paid_to` is the masked account as the frozen file names it.
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
    paid_to = models.CharField(_("paid to"), max_length=100, blank=True)
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


class PayoutEvent(StatusEvent):
    """A change of a payout's status; its reason is what the bank answered."""

    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, related_name="events", verbose_name=_("payout")
    )
    old = models.CharField(_("before"), max_length=10, choices=PayoutStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=10, choices=PayoutStatus.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("payout event")
        verbose_name_plural = _("payout events")
        ordering = ["id"]
