"""The rows of payments, a module for each noun."""

from payments.models.account import AccountAct, AccountEvent, PayeeAccount, PayeeAccountKind
from payments.models.deduction import Deduction, DeductionEvent, DeductionReason, DeductionStatus
from payments.models.payment import LineKind, Payment, PaymentEvent, PaymentLine, PaymentStatus
from payments.models.payout import (
    BatchDownload,
    BatchEvent,
    BatchFile,
    BatchStatus,
    Payout,
    PayoutBatch,
    PayoutEvent,
    PayoutStatus,
)
from payments.models.tax import TaxAssessment, TaxMode

__all__ = [
    "AccountAct",
    "AccountEvent",
    "BatchDownload",
    "BatchEvent",
    "BatchFile",
    "BatchStatus",
    "Deduction",
    "DeductionEvent",
    "DeductionReason",
    "DeductionStatus",
    "LineKind",
    "PayeeAccount",
    "PayeeAccountKind",
    "Payment",
    "PaymentEvent",
    "PaymentLine",
    "PaymentStatus",
    "Payout",
    "PayoutBatch",
    "PayoutEvent",
    "PayoutStatus",
    "TaxAssessment",
    "TaxMode",
]
