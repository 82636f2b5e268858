"""
The bank's answers, read back line by line under our own number. Pure: bytes in, rows out.

A file of answers is a CSV with a header; the columns are found by name, since
every bank names and orders them otherwise. Rule: R-41.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from payments.files import FileRefused

MAX_ANSWER_BYTES = 2 * 1024 * 1024
MAX_ANSWER_ROWS = 5_000

NUMBER_COLUMNS = {"number", "our number", "附言/用途", "附言", "用途", "备注", "备注（选填）", "商户订单号"}
OUTCOME_COLUMNS = {"result", "status", "状态", "结果", "交易状态", "付款状态", "处理结果"}
MESSAGE_COLUMNS = {"message", "reason", "失败原因", "原因", "说明", "错误信息"}
AMOUNT_COLUMNS = {"amount", "金额", "金额（元）", "金额（必填，单位：元）", "付款金额"}

AMOUNT = re.compile(r"(?P<yuan>\d{1,10})(\.(?P<cents>\d{1,2}))?", re.ASCII)


class Outcome(StrEnum):
    """What the bank says of one payout; a name that we do not know is refused, never guessed."""

    SUCCESS = "success"
    FAILED = "failed"
    UNKNOWN = "unknown"


WORDS = {
    Outcome.SUCCESS: {"success", "paid", "成功", "支付成功", "交易成功", "付款成功", "已到账"},
    Outcome.FAILED: {"failed", "failure", "失败", "支付失败", "交易失败", "付款失败", "退票", "已退回"},
    Outcome.UNKNOWN: {"unknown", "processing", "pending", "未知", "处理中", "待处理", "银行处理中"},
}
OUTCOME_OF_WORD = {word: outcome for outcome, words in WORDS.items() for word in words}


@dataclass(frozen=True)
class Answer:
    """One line of the answer: our number, what became of it, the bank's words, the amount when it is named."""

    number: str
    outcome: Outcome
    message: str = ""
    amount_fen: int | None = None


def read_answers(content: bytes) -> list[Answer]:
    """
    Return the answers in a CSV (UTF-8 or GBK).

    Raise FileRefused: `too_big`, `unreadable` (not text), `no_columns` (no column
    with our number and the result), `unknown_result`, `bad_amount`, `empty`.
    """
    rows = _rows(content)
    columns, body = _columns(rows)
    answers = [
        _answer(row, columns=columns, line=line) for line, row in body if any(cell.strip() for cell in row)
    ]
    if not answers:
        raise FileRefused(_("The file has no results."), code="empty")
    return answers


def read_amounts(content: bytes) -> dict[str, int]:
    """Return what a payout file of ours pays (fen) under each of our numbers; {} for any other file."""
    rows = _rows(content)
    for position, names in enumerate(rows):
        number = next((place for place, name in enumerate(names) if name in NUMBER_COLUMNS), -1)
        amount = next((place for place, name in enumerate(names) if name in AMOUNT_COLUMNS), -1)
        if min(number, amount) >= 0:
            body = list(enumerate(rows[position + 1 :], start=position + 2))
            return {row[number]: _fen(row[amount], line=line) or 0 for line, row in body}
    return {}


def _rows(content: bytes) -> list[list[str]]:
    """Return the cells of the file. Raise FileRefused when it is too big or not text."""
    if len(content) > MAX_ANSWER_BYTES:
        raise FileRefused(_("The file is too big: at most 2 MB."), code="too_big")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            continue
        if "\0" not in text and len(rows) <= MAX_ANSWER_ROWS:
            return rows
    raise FileRefused(
        _("This is not a CSV file of at most %(rows)d lines. Save it as CSV and try again."),
        code="unreadable",
        params={"rows": MAX_ANSWER_ROWS},
    )


def _columns(rows: list[list[str]]) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Return where each column stands, and the numbered lines below the header."""
    for position, row in enumerate(rows):
        names = [cell.strip().lower() for cell in row]
        found = {
            key: next((place for place, name in enumerate(names) if name in known), -1)
            for key, known in (
                ("number", NUMBER_COLUMNS),
                ("outcome", OUTCOME_COLUMNS),
                ("message", MESSAGE_COLUMNS),
                ("amount", AMOUNT_COLUMNS),
            )
        }
        if found["number"] >= 0 and found["outcome"] >= 0:
            return found, list(enumerate(rows[position + 1 :], start=position + 2))
    raise FileRefused(
        _("The file needs a header with a column for our number and one for the result."), code="no_columns"
    )


def _answer(row: Sequence[str], *, columns: dict[str, int], line: int) -> Answer:
    """Return one line as an answer. Raise FileRefused for a result or an amount that cannot be read."""

    def cell(name: str) -> str:
        place = columns[name]
        return row[place].strip().strip("'") if 0 <= place < len(row) else ""

    outcome = OUTCOME_OF_WORD.get(cell("outcome").lower())
    if outcome is None:
        raise FileRefused(
            _("Line %(line)d: “%(word)s” is no result that we know."),
            code="unknown_result",
            params={"line": line, "word": cell("outcome")[:40]},
        )
    return Answer(
        number=cell("number"),
        outcome=outcome,
        message=cell("message")[:200],
        amount_fen=_fen(cell("amount"), line=line),
    )


def _fen(text: str, *, line: int) -> int | None:
    """Return an amount in yuan as fen, None when it is not named."""
    plain = re.sub(r"[¥￥,\s]", "", text)
    if not plain:
        return None
    if match := AMOUNT.fullmatch(plain):
        return int(match["yuan"]) * 100 + int((match["cents"] or "").ljust(2, "0"))
    raise FileRefused(
        _("Line %(line)d: “%(amount)s” is no amount."),
        code="bad_amount",
        params={"line": line, "amount": text[:40]},
    )
