"""
The files that leave for the bank and the answers that come back. Pure: rows in, bytes out.

Sources: the header rows of Alipay's batch template (ten independent code bases
agree) and a common Chinese bank template. Rule: R-41.
A file goes to the bank as it is, so account numbers stand as quoted digits: a
mark before them (' or a tab) would travel into the account field.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.spreadsheets import safe_cell

ALIPAY_TITLE = "支付宝批量付款文件模板（前面两行请勿删除）"
ALIPAY_HEADER = (
    "序号（必填）",
    "收款方支付宝账号（必填）",
    "收款方姓名（必填）",
    "金额（必填，单位：元）",
    "备注（选填）",
)
BANK_HEADER = ("收款方名称", "收款方账号", "收款方开户行名称", "收款行联行号", "金额", "附言/用途")


class FileRefused(ValidationError):
    """A file that cannot be written or read; the code says why."""


@dataclass(frozen=True)
class PayoutRow:
    """One line of a payout file: who gets how much under which of our numbers."""

    number: str
    holder_name: str
    account: str
    bank_name: str
    amount_fen: int


def yuan(fen: int) -> str:
    """Return fen as yuan with two decimals, such as `300.00` or `-60.00`; never through a float."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def write_csv(rows: Iterable[Sequence[str]], *, encoding: str, quotes_all: bool = False) -> bytes:
    """
    Return the rows as CSV with CRLF line ends.

    Raise FileRefused(code="unencodable") for a character that the encoding has not.
    """
    buffer = io.StringIO(newline="")
    if quotes_all:
        csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    try:
        return buffer.getvalue().encode(encoding)
    except UnicodeEncodeError as error:
        raise FileRefused(
            _("The file cannot carry the character “%(character)s”. Ask the payee for another spelling."),
            code="unencodable",
            params={"character": error.object[error.start]},
        ) from error


def bank_file(rows: Iterable[PayoutRow]) -> bytes:
    """Return a generic bank transfer file: UTF-8 with BOM, every cell quoted, our number as the remark."""
    lines: list[Sequence[str]] = [BANK_HEADER]
    for row in rows:
        lines.append(
            (
                safe_cell(row.holder_name),
                safe_cell(row.account),
                safe_cell(row.bank_name),
                "",
                yuan(row.amount_fen),
                row.number,
            )
        )
    return write_csv(lines, encoding="utf-8-sig", quotes_all=True)


def alipay_file(rows: Iterable[PayoutRow]) -> bytes:
    """Return Alipay's batch file: GBK, two header rows, our number as the remark."""
    lines: list[Sequence[str]] = [(ALIPAY_TITLE,), ALIPAY_HEADER]
    for position, row in enumerate(rows, start=1):
        lines.append(
            (
                str(position),
                safe_cell(row.account),
                safe_cell(row.holder_name),
                yuan(row.amount_fen),
                row.number,
            )
        )
    return write_csv(lines, encoding="gbk")
