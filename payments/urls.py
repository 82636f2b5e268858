"""Addresses: pay, deductions and payouts."""

from django.urls import path

from payments.views import batches, deductions, funnel, payments, portal

app_name = "payments"

urlpatterns = [
    path("", portal.statement, name="statement"),
    path("account/", portal.account_edit, name="account_edit"),
    path("payments/", payments.payment_list, name="payment_list"),
    path("payments/export/", payments.payment_export, name="payment_export"),
    path("payments/<int:payment_id>/", payments.payment_detail, name="payment_detail"),
    path("payments/<int:payment_id>/approve/", payments.payment_approve, name="payment_approve"),
    path("payments/<int:payment_id>/account/", payments.account_reveal, name="account_reveal"),
    path("payments/<int:payment_id>/deduct/", deductions.deduction_propose, name="deduction_propose"),
    path("deductions/", deductions.deduction_list, name="deduction_list"),
    path("deductions/<int:deduction_id>/approve/", deductions.deduction_approve, name="deduction_approve"),
    path("deductions/<int:deduction_id>/refuse/", deductions.deduction_refuse, name="deduction_refuse"),
    path("batches/", batches.batch_list, name="batch_list"),
    path("batches/make/", batches.batch_make, name="batch_make"),
    path("batches/<int:batch_id>/", batches.batch_detail, name="batch_detail"),
    path("batches/<int:batch_id>/approve/", batches.batch_approve, name="batch_approve"),
    path("batches/<int:batch_id>/submit/", batches.batch_submit, name="batch_submit"),
    path("batches/<int:batch_id>/cancel/", batches.batch_cancel, name="batch_cancel"),
    path("batches/<int:batch_id>/file/", batches.batch_file, name="batch_file"),
    path("batches/<int:batch_id>/results/", batches.batch_results, name="batch_results"),
    path("batches/<int:batch_id>/payouts/<int:payout_id>/", batches.payout_result, name="payout_result"),
    path("funnel/", funnel.funnel, name="funnel"),
]
