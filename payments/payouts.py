"""
Payout batches: made by one, approved and frozen by another, sent, and answered line by line.

A draft has no tax and no file: both come into being with the approval, so a
cancelled draft leaves nothing behind in the books. Rule: R-41.
"""

import base64
import hashlib
import logging
import secrets
import string
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.files import PayoutRow, alipay_file, bank_file
from payments.ledger import lock_payments, move_payments
from payments.models import (
    BatchDownload,
    BatchEvent,
    BatchFile,
    BatchStatus,
    PayeeAccount,
    PayeeAccountKind,
    Payment,
    PaymentStatus,
    Payout,
    PayoutBatch,
    PayoutEvent,
    PayoutStatus,
)
from payments.payees import mask
from payments.withholding import DEAD_STATUSES, withhold_tax

logger = logging.getLogger(__name__)

MAX_BATCH_PAYOUTS = 1_000  # what the banks' batch pages take at once
NUMBER_ALPHABET = string.ascii_uppercase + string.digits

BATCH_MOVES: dict[str, set[str]] = {
    BatchStatus.DRAFT: {BatchStatus.APPROVED, BatchStatus.CANCELLED},
    BatchStatus.APPROVED: {BatchStatus.SUBMITTED},
    BatchStatus.SUBMITTED: {BatchStatus.SETTLED},
    BatchStatus.SETTLED: set(),
    BatchStatus.CANCELLED: set(),
}
PAYOUT_MOVES: dict[str, set[str]] = {
    PayoutStatus.DRAFT: {PayoutStatus.APPROVED, PayoutStatus.CANCELLED},
    PayoutStatus.APPROVED: {PayoutStatus.SUBMITTED},
    PayoutStatus.SUBMITTED: {PayoutStatus.UNKNOWN, PayoutStatus.SUCCESS, PayoutStatus.FAILED},
    PayoutStatus.UNKNOWN: {PayoutStatus.SUCCESS, PayoutStatus.FAILED},
    PayoutStatus.SUCCESS: set(),
    PayoutStatus.FAILED: set(),
    PayoutStatus.CANCELLED: set(),
}


class BatchRefused(ValidationError):
    """Something that cannot be done to a batch; the code says why."""


def make_number(*, now: datetime) -> str:
    """Return a new external number: D, the day, 14 random letters and digits (23 in all, 32 allowed)."""
    tail = "".join(secrets.choice(NUMBER_ALPHABET) for _i in range(14))
    return f"D{now.astimezone(timezone.get_default_timezone()):%Y%m%d}{tail}"


@transaction.atomic
def make_batch(payments: Sequence[Payment], *, by: User, now: datetime) -> PayoutBatch:
    """
    Put approved payments into a new draft batch, each under a number of its own.

    A payment whose last payout failed or was cancelled gets a new number that
    names the old one (`replaces`). Raise BatchRefused: `empty`, `too_many`,
    `not_approved`, `no_account`, `nothing_to_pay`, `mixed_accounts` (one file
    goes to one place). Locks the payments. Rule: R-41.
    """
    lock_payments([payment.pk for payment in payments])
    rows = list(
        Payment.objects.with_amounts()
        .filter(pk__in=[payment.pk for payment in payments])
        .select_related("person__payee_account")
        .order_by("pk")
    )
    _check_payments(rows)
    batch = PayoutBatch.objects.create(kind=rows[0].person.payee_account.kind, made_by=by, made_at=now)
    BatchEvent.objects.create(batch=batch, new=BatchStatus.DRAFT, by=by, at=now)
    replaced = {
        payout.payment_id: payout
        for payout in Payout.objects.filter(
            payment__in=rows, status__in=DEAD_STATUSES, replaced_by__isnull=True
        )
    }
    payouts = Payout.objects.bulk_create(
        Payout(
            batch=batch,
            payment=payment,
            number=make_number(now=now),
            amount_fen=payment.net_fen,
            replaces=replaced.get(payment.pk),
        )
        for payment in rows
    )
    PayoutEvent.objects.bulk_create(
        PayoutEvent(payout=payout, new=PayoutStatus.DRAFT, by=by, at=now) for payout in payouts
    )
    move_payments(rows, old=PaymentStatus.APPROVED, to=PaymentStatus.IN_BATCH, by=by, now=now)
    return batch


def _check_payments(payments: Sequence[Payment]) -> None:
    """Refuse a batch that could not be paid out as one file."""
    if not payments:
        raise BatchRefused(_("Choose at least one payment."), code="empty")
    if len(payments) > MAX_BATCH_PAYOUTS:
        raise BatchRefused(
            _("At most %(most)d payments go into one batch."),
            code="too_many",
            params={"most": MAX_BATCH_PAYOUTS},
        )
    if any(payment.status != PaymentStatus.APPROVED for payment in payments):
        raise BatchRefused(
            _("A payment is not approved, or is in another batch already. Load the list again."),
            code="not_approved",
        )
    if any(not hasattr(payment.person, "payee_account") for payment in payments):
        raise BatchRefused(_("A participant has not told us an account yet."), code="no_account")
    if any(payment.net_fen <= 0 for payment in payments):
        raise BatchRefused(_("A payment has nothing left to pay."), code="nothing_to_pay")
    if len({payment.person.payee_account.kind for payment in payments}) > 1:
        raise BatchRefused(_("Alipay and bank accounts go into batches of their own."), code="mixed_accounts")


@transaction.atomic
def approve_batch(batch: PayoutBatch, *, by: User, now: datetime) -> None:
    """
    Approve a draft: withhold the tax of this month, freeze the file, its SHA-256 and its total.

    Raise BatchRefused: `own_batch`, `own_payment`, `account_changed` (to another
    kind since the draft), `moved` (another was first), or FileRefused
    (`unencodable`). Locks the batch, then the payees' accounts. Rules: R-40, R-41.
    """
    lock_batch(batch)
    if by.pk == batch.made_by_id:
        raise BatchRefused(_("You made this batch, so somebody else approves it."), code="own_batch")
    payouts = list(batch.payouts.select_related("payment__person").order_by("pk"))
    if any(payout.payment.person_id == by.pk for payout in payouts):
        raise BatchRefused(_("Your own pay is in this batch. Ask a colleague."), code="own_payment")
    move_payouts(payouts, old=PayoutStatus.DRAFT, to=PayoutStatus.APPROVED, by=by, now=now)
    accounts = _lock_accounts(batch, payouts)
    withhold_tax(payouts, by=by, now=now)
    for payout in payouts:
        payout.paid_to = mask(accounts[payout.payment.person_id])
    Payout.objects.bulk_update(payouts, ["amount_fen", "paid_to"], batch_size=200)
    content = _write_file(batch, payouts, accounts=accounts)
    BatchFile.objects.create(
        batch=batch,
        name=_file_name(batch, now=now),
        content=base64.b64encode(content).decode(),
        frozen_at=now,
    )
    move_batch(
        batch,
        old=BatchStatus.DRAFT,
        to=BatchStatus.APPROVED,
        by=by,
        now=now,
        approved_by=by,
        approved_at=now,
        file_sha256=hashlib.sha256(content).hexdigest(),
        total_fen=sum(payout.amount_fen for payout in payouts),
    )


def lock_batch(batch: PayoutBatch) -> None:
    """Lock the batch row: whoever comes second waits here and then fails the compare-and-swap."""
    PayoutBatch.objects.select_for_update().get(pk=batch.pk)


def _lock_accounts(batch: PayoutBatch, payouts: Sequence[Payout]) -> dict[int, PayeeAccount]:
    """Return the payees' accounts by person, locked in the order of their ids."""
    people = {payout.payment.person_id for payout in payouts}
    accounts = PayeeAccount.objects.select_for_update().filter(person__in=people).order_by("pk")
    found = {account.person_id: account for account in accounts}
    if any(account.kind != batch.kind for account in found.values()):
        raise BatchRefused(
            _("A participant has changed from a bank to Alipay or back. Cancel this batch and make it anew."),
            code="account_changed",
        )
    return found


def _write_file(batch: PayoutBatch, payouts: Sequence[Payout], *, accounts: dict[int, PayeeAccount]) -> bytes:
    """Return the bytes that go to the bank or to Alipay."""
    rows = []
    for payout in payouts:
        account = accounts[payout.payment.person_id]
        rows.append(
            PayoutRow(
                number=payout.number,
                holder_name=account.holder_name,
                account=account.number,
                bank_name=account.bank_name,
                amount_fen=payout.amount_fen,
            )
        )
    return alipay_file(rows) if batch.kind == PayeeAccountKind.ALIPAY else bank_file(rows)


def _file_name(batch: PayoutBatch, *, now: datetime) -> str:
    day = now.astimezone(timezone.get_default_timezone())
    return f"payout-{batch.pk}-{batch.kind}-{day:%Y%m%d}.csv"


def read_file(batch: PayoutBatch) -> bytes:
    """Return the bytes of the frozen file. Raise BatchFile.DoesNotExist for a draft."""
    return base64.b64decode(batch.file.content)


def hand_out_file(batch: PayoutBatch, *, by: User, now: datetime) -> bytes:
    """
    Return the bytes that were approved and note who got them: they name accounts in full. Rule: R-41.

    Raise BatchFile.DoesNotExist for a draft and BatchRefused(code="file_changed") for other bytes.
    """
    content = read_file(batch)
    digest = hashlib.sha256(content).hexdigest()
    if digest != batch.file_sha256:
        logger.error("the file of batch %s has SHA-256 %s and not the approved one", batch.pk, digest)
        raise BatchRefused(
            _("This file is not the one that was approved. Pay nothing from it and tell an administrator."),
            code="file_changed",
        )
    BatchDownload.objects.create(batch=batch, file_sha256=digest, by=by, at=now)
    return content


@transaction.atomic
def mark_submitted(batch: PayoutBatch, *, by: User, now: datetime) -> None:
    """Note that the frozen file was handed to the bank: submitted, not paid. Raise BatchRefused(code="moved")."""
    lock_batch(batch)
    move_batch(batch, old=BatchStatus.APPROVED, to=BatchStatus.SUBMITTED, by=by, now=now)
    payouts = list(batch.payouts.order_by("pk"))
    move_payouts(payouts, old=PayoutStatus.APPROVED, to=PayoutStatus.SUBMITTED, by=by, now=now)


@transaction.atomic
def cancel_batch(batch: PayoutBatch, *, by: User, now: datetime, reason: str = "") -> None:
    """
    Cancel a draft and give its payments back. It has no tax yet, so the books stay as they are.

    An approved batch may already lie at the bank and is never cancelled: its
    results say what failed. Raise BatchRefused(code="moved") for anything but a draft.
    """
    lock_batch(batch)
    move_batch(batch, old=BatchStatus.DRAFT, to=BatchStatus.CANCELLED, by=by, now=now, reason=reason.strip())
    payouts = list(batch.payouts.select_related("payment").order_by("pk"))
    move_payouts(payouts, old=PayoutStatus.DRAFT, to=PayoutStatus.CANCELLED, by=by, now=now)
    payments = [payout.payment for payout in payouts]
    move_payments(payments, old=PaymentStatus.IN_BATCH, to=PaymentStatus.APPROVED, by=by, now=now)


def move_batch(
    batch: PayoutBatch, *, old: str, to: str, by: User, now: datetime, reason: str = "", **frozen: object
) -> None:
    """Move a batch by compare-and-swap, with what is frozen at that moment. Raise BatchRefused(code="moved")."""
    if to not in BATCH_MOVES[old]:
        raise ValueError(f"a batch never moves from {old} to {to}")
    if not PayoutBatch.objects.filter(pk=batch.pk, status=old).update(status=to, **frozen):
        raise BatchRefused(_("Somebody else has just changed this batch. Look at it again."), code="moved")
    BatchEvent.objects.create(batch=batch, old=old, new=to, by=by, at=now, reason=reason)
    batch.refresh_from_db()


def move_payouts(payouts: Sequence[Payout], *, old: str, to: str, by: User, now: datetime) -> None:
    """Move all the payouts or none, an event for each with the bank's words. Raise BatchRefused(code="moved")."""
    if to not in PAYOUT_MOVES[old]:
        raise ValueError(f"a payout never moves from {old} to {to}")
    settled_at = now if not PAYOUT_MOVES[to] else None
    ids = [payout.pk for payout in payouts]
    changed = Payout.objects.filter(pk__in=ids, status=old).update(status=to, settled_at=settled_at)
    if changed != len(ids):
        raise BatchRefused(_("Somebody else has just changed a payout. Look at it again."), code="moved")
    PayoutEvent.objects.bulk_create(
        PayoutEvent(payout=payout, old=old, new=to, by=by, at=now, reason=payout.result) for payout in payouts
    )
    for payout in payouts:
        payout.status, payout.settled_at = to, settled_at
