"""The rows of payments, a module for each noun."""

from payments.models.account import PayeeAccount, PayeeAccountKind
from payments.models.deduction import Deduction, DeductionReason, DeductionStatus
from payments.models.payment import LineKind, Payment, PaymentEvent, PaymentLine, PaymentStatus
from payments.models.payout import BatchEvent, BatchStatus, Payout, PayoutBatch, PayoutStatus

__all__ = [
    "BatchEvent",
    "BatchStatus",
    "Deduction",
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
    "PayoutStatus",
]
