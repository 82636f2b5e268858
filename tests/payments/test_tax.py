from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from payments.tax import labour_tax_fen, tax_month, withhold_now

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("gross_fen", "tax_fen"),
    [
        (0, 0),
        (300_00, 0),
        (800_00, 0),
        (812_53, 2_51),
        (900_00, 20_00),
        (1_200_00, 80_00),
        (3_999_99, 640_00),
        (4_000_00, 640_00),
        (4_200_00, 672_00),
        (25_000_00, 4_000_00),
        (30_000_00, 5_200_00),
        (62_500_00, 13_000_00),
        (70_000_00, 15_400_00),
    ],
)
def test_labour_tax_follows_the_table(gross_fen, tax_fen):
    assert labour_tax_fen(gross_fen) == tax_fen


@pytest.mark.parametrize(
    ("gross_fen", "tax_fen"),
    [
        (800_02, 0),
        (800_03, 1),
        (4_000_03, 640_00),
        (4_000_04, 640_01),
        (25_000_01, 4_000_00),
        (25_000_03, 4_000_01),
    ],
)
def test_labour_tax_rounds_half_up_beside_the_steps(gross_fen, tax_fen):
    assert labour_tax_fen(gross_fen) == tax_fen


def test_labour_tax_never_falls_and_never_takes_more_than_a_third():
    previous = 0
    for gross_fen in range(0, 80_000_00, 997):
        tax_fen = labour_tax_fen(gross_fen)
        assert previous <= tax_fen <= gross_fen // 3
        previous = tax_fen


def test_labour_tax_refuses_a_negative_gross():
    with pytest.raises(ValueError, match="negative"):
        labour_tax_fen(-1)


def test_withhold_now_over_a_month_of_sessions():
    withheld = []
    for _session in range(16):
        withheld.append(
            withhold_now(300_00, month_gross_fen=300_00 * len(withheld), month_withheld_fen=sum(withheld))
        )

    assert withheld == [0, 0, 20_00, *[60_00] * 10, 52_00, 48_00, 48_00]


def test_withhold_now_gives_nothing_back_inside_a_month():
    assert withhold_now(300_00, month_gross_fen=600_00, month_withheld_fen=80_00) == 0
    assert withhold_now(300_00, month_gross_fen=900_00, month_withheld_fen=80_00) == 0
    assert withhold_now(300_00, month_gross_fen=1_200_00, month_withheld_fen=80_00) == 60_00


def test_tax_month_is_local():
    assert tax_month(datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), zone=SHANGHAI) == date(2026, 11, 1)
    assert tax_month(datetime(2026, 11, 30, 16, 0, tzinfo=UTC), zone=SHANGHAI) == date(2026, 12, 1)
