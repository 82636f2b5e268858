"""Where pay goes: a participant's account, encrypted, masked on every screen, each look at it logged."""

import re
import unicodedata
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.fields import keyed_hash
from accounts.models import User
from accounts.spreadsheets import safe_cell
from payments.models import AccountAct, AccountEvent, PayeeAccount, PayeeAccountKind

# Bank account and card numbers in China have 8 to 30 digits; Luhn is not asked for: real cards fail it.
BANK_NUMBER = re.compile(r"\d{8,30}")
ALIPAY_PHONE = re.compile(r"1\d{10}")
# Never + or - first: the file would mark it as a formula, and the mark would travel into the account.
ALIPAY_EMAIL = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9._+-]{0,63}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
DOTS = "••••"


class AccountRefused(ValidationError):
    """An account that cannot be saved or shown; the code says why."""


def clean_number(number: str, *, kind: str) -> str:
    """
    Return the account as it is kept: full-width digits folded, spaces and hyphens dropped from a bank's.

    Raise AccountRefused(code="bad_number").
    """
    plain = unicodedata.normalize("NFKC", number).strip()
    if kind == PayeeAccountKind.BANK:
        plain = re.sub(r"[\s-]", "", plain)
        is_good = BANK_NUMBER.fullmatch(plain) is not None
    else:
        plain = plain.lower()
        is_good = any(form.fullmatch(plain) for form in (ALIPAY_PHONE, ALIPAY_EMAIL))
    if not is_good:
        raise AccountRefused(
            _("This is no account number. Copy it from your card or from Alipay."), code="bad_number"
        )
    return plain


def clean_holder(name: str) -> str:
    """Return the holder's name as it is kept. Raise AccountRefused(code="bad_name") for what no bank takes."""
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not plain or safe_cell(plain) != plain or not plain.isprintable():
        raise AccountRefused(_("Write the name as it stands at the bank."), code="bad_name")
    try:
        plain.encode("gbk")
    except UnicodeEncodeError as error:
        raise AccountRefused(
            _("The bank's files cannot carry “%(character)s”. Write the name as your bank does."),
            code="bad_name",
            params={"character": error.object[error.start]},
        ) from error
    return plain


def mask(account: PayeeAccount) -> str:
    """Return the account so that its owner knows it again and nobody else can use it."""
    number = account.number
    if account.kind == PayeeAccountKind.BANK:
        return f"{account.bank_name} {DOTS} {number[-4:]}".strip()
    if "@" in number:
        name, _at, domain = number.partition("@")
        return f"{name[0]}{DOTS}@{domain}"
    return f"{number[:3]}{DOTS}{number[-4:]}"


@transaction.atomic
def save_account(
    person: User, *, kind: str, holder_name: str, number: str, now: datetime, bank_name: str = ""
) -> PayeeAccount:
    """
    Set or replace the account that the person is paid to, and log it.

    Raise AccountRefused: `bad_number`, `bad_name`, `bank_missing`, or `taken` when
    somebody else is paid there (two speakers are two payees). A batch that is
    already approved keeps the account its file names.
    """
    number, holder_name = clean_number(number, kind=kind), clean_holder(holder_name)
    bank_name = " ".join(bank_name.split()) if kind == PayeeAccountKind.BANK else ""
    if kind == PayeeAccountKind.BANK and not bank_name:
        raise AccountRefused(_("Name the bank and the branch."), code="bank_missing")
    if safe_cell(bank_name) != bank_name:
        raise AccountRefused(_("Write the name of the bank in letters."), code="bank_missing")
    number_hash = keyed_hash(f"payee|{kind}|{number}")
    if PayeeAccount.objects.filter(number_hash=number_hash).exclude(person=person).exists():
        raise _taken()
    try:
        with transaction.atomic():
            account, _is_new = PayeeAccount.objects.update_or_create(
                person=person,
                defaults={
                    "kind": kind,
                    "holder_name": holder_name,
                    "number": number,
                    "number_hash": number_hash,
                    "bank_name": bank_name,
                    "updated_at": now,
                },
            )
    except IntegrityError as error:
        raise _taken() from error
    AccountEvent.objects.create(
        account=account, act=AccountAct.SAVED, masked=mask(account), by=person, at=now
    )
    return account


def reveal_account(account: PayeeAccount, *, by: User, reason: str, now: datetime) -> str:
    """Return the full account number and log who saw it and why. Raise AccountRefused(code="reason_missing")."""
    if not reason.strip():
        raise AccountRefused(_("Write why you need the full number."), code="reason_missing")
    AccountEvent.objects.create(
        account=account, act=AccountAct.REVEALED, masked=mask(account), by=by, at=now, reason=reason.strip()
    )
    return account.number


def _taken() -> AccountRefused:
    return AccountRefused(
        _("Another participant is paid to this account. Everybody needs an account of their own."),
        code="taken",
    )
