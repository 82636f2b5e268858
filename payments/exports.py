"""Lists as files for a spreadsheet: no names, no accounts, no formulas."""

from collections.abc import Iterable

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.spreadsheets import safe_cell
from payments.files import write_csv, yuan
from payments.models import Payment


def payments_csv(payments: Iterable[Payment]) -> bytes:
    """Return payments (with their amounts, person, project, slot and studio) as CSV, UTF-8 with BOM, in yuan."""
    header = [
        _("Payment"),
        _("Participant"),
        _("Project"),
        _("Studio"),
        _("Session"),
        _("State"),
        _("Earned"),
        _("Deducted"),
        _("Tax"),
        _("Amount"),
        _("Approved at"),
        _("Paid at"),
    ]
    return write_csv([header, *(_row(payment) for payment in payments)], encoding="utf-8-sig")


def _row(payment: Payment) -> list[str]:
    slot = payment.booking.slot
    return [
        str(payment.pk),
        payment.person.pseudonym,
        safe_cell(payment.project.name),
        safe_cell(slot.booth.studio.name),
        f"{localtime(slot.starts_at):%Y-%m-%d}",
        payment.get_status_display(),
        yuan(payment.earned_fen),
        yuan(payment.deducted_fen),
        yuan(payment.tax_fen),
        yuan(payment.net_fen),
        f"{localtime(payment.approved_at):%Y-%m-%d %H:%M}" if payment.approved_at else "",
        f"{localtime(payment.paid_at):%Y-%m-%d %H:%M}" if payment.paid_at else "",
    ]
