"""The administration of money: everything can be found, nothing can be changed there."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from payments.models import (
    AccountEvent,
    BatchDownload,
    BatchEvent,
    BatchFile,
    Deduction,
    DeductionEvent,
    PayeeAccount,
    Payment,
    PaymentEvent,
    PaymentLine,
    Payout,
    PayoutBatch,
    PayoutEvent,
    TaxAssessment,
)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("pk", "person", "project", "status", "approvable_at", "approved_at", "paid_at")
    list_filter = ("status", "project")
    list_select_related = ("person", "project")
    search_fields = ("pk", "person__pseudonym", "person__profile__name")


@admin.register(PaymentLine)
class PaymentLineAdmin(ReadOnlyAdmin):
    list_display = ("pk", "payment", "kind", "amount_fen", "by", "at")
    list_filter = ("kind",)
    list_select_related = ("payment", "by")
    search_fields = ("payment__pk", "payment__person__pseudonym", "note")


@admin.register(Deduction)
class DeductionAdmin(ReadOnlyAdmin):
    list_display = ("pk", "payment", "status", "reason", "amount_fen", "proposed_by", "decided_by")
    list_filter = ("status", "reason")
    list_select_related = ("payment", "proposed_by", "decided_by")
    search_fields = ("payment__pk", "payment__person__pseudonym", "words")


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin):
    list_display = ("pk", "kind", "status", "made_by", "made_at", "approved_by", "total_fen")
    list_filter = ("status", "kind")
    list_select_related = ("made_by", "approved_by")
    search_fields = ("pk", "file_sha256")


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ("number", "batch", "payment", "status", "amount_fen", "settled_at")
    list_filter = ("status",)
    list_select_related = ("batch", "payment")
    search_fields = ("number", "payment__pk", "payment__person__pseudonym")


@admin.register(BatchFile)
class BatchFileAdmin(ReadOnlyAdmin):
    """Without its content: that names accounts and is handed out by the page of its batch alone."""

    list_display = ("batch", "name", "frozen_at")
    list_select_related = ("batch",)
    search_fields = ("name",)
    fields = ("batch", "name", "frozen_at")


@admin.register(BatchDownload)
class BatchDownloadAdmin(ReadOnlyAdmin):
    list_display = ("batch", "by", "at", "file_sha256")
    list_filter = ("at",)
    list_select_related = ("batch", "by")
    search_fields = ("batch__pk", "by__pseudonym", "file_sha256")


@admin.register(PayeeAccount)
class PayeeAccountAdmin(ReadOnlyAdmin):
    """Without name and number: whoever needs them asks on a payment's page, and that is noted."""

    list_display = ("person", "kind", "updated_at")
    list_filter = ("kind",)
    list_select_related = ("person",)
    search_fields = ("person__pseudonym",)
    fields = ("person", "kind", "updated_at")


@admin.register(AccountEvent)
class AccountEventAdmin(ReadOnlyAdmin):
    list_display = ("account", "act", "masked", "by", "at", "reason")
    list_filter = ("act",)
    list_select_related = ("account__person", "by")
    search_fields = ("account__person__pseudonym", "by__pseudonym", "reason")


@admin.register(TaxAssessment)
class TaxAssessmentAdmin(ReadOnlyAdmin):
    list_display = ("payout", "person", "month_on", "gross_fen", "withheld_fen", "mode", "rule_version")
    list_filter = ("mode", "month_on")
    list_select_related = ("payout", "person")
    search_fields = ("payout__number", "person__pseudonym")


@admin.register(PaymentEvent, DeductionEvent, BatchEvent, PayoutEvent)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("pk", "old", "new", "by", "at", "reason")
    list_select_related = ("by",)
    search_fields = ("reason", "by__pseudonym")
