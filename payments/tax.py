"""
The tax that is withheld from labour remuneration. Pure; nothing here is legal advice.

Source: State Taxation Administration notice 61 of 2018; individual income tax
rules, art. 6(2) (recording is labour), 14(1) (continuous income counts as one
month's) and 18 (each speaker is a payee). The month is that of the *payment*,
in the payer's time zone. The sums are continuous at every step of the table.
"""

from datetime import date, datetime, tzinfo

RULE_VERSION = "2018-61"

YUAN = 100
# Up to this month's gross (yuan): rate in percent, reckoned on the gross less `allowance`, less `quick deduction`.
LABOUR_TABLE = (
    (800, 0, 0, 0),
    (4_000, 20, 800, 0),
    (25_000, 16, 0, 0),
    (62_500, 24, 0, 2_000),
)
LABOUR_ABOVE = (32, 0, 7_000)


def labour_tax_fen(gross_fen: int) -> int:
    """
    Return the tax on one person's gross of one month, both in fen, rounded half up once at the end.

    Raise ValueError for a negative gross. Rule: R-40.
    """
    if gross_fen < 0:
        raise ValueError("gross must not be negative")
    percent, allowance, deduction = next(
        (step[1:] for step in LABOUR_TABLE if gross_fen <= step[0] * YUAN), LABOUR_ABOVE
    )
    hundredths = (gross_fen - allowance * YUAN) * percent - deduction * YUAN * 100
    return max(0, (hundredths + 50) // 100)


def withhold_now(gross_fen: int, *, month_gross_fen: int, month_withheld_fen: int) -> int:
    """
    Return the tax (fen) to withhold from a payment of `gross_fen`.

    `month_gross_fen` and `month_withheld_fen` are the person's payments of this
    month before it, and what was withheld from them. Never negative: too much
    withheld earlier lessens the next tax, it is not paid back. Rule: R-40.
    """
    return max(0, labour_tax_fen(month_gross_fen + gross_fen) - month_withheld_fen)


def tax_month(at: datetime, *, zone: tzinfo) -> date:
    """Return the first day of the calendar month of `at` in the payer's time zone."""
    return at.astimezone(zone).date().replace(day=1)
