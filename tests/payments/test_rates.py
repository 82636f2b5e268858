import pytest

from payments.rates import session_pay_fen, show_up_fee_fen


def test_session_pay_is_the_fixed_rate():
    assert session_pay_fen(300_00) == 300_00


@pytest.mark.parametrize(
    ("rate_fen", "divisor", "fee_fen"),
    [(300_00, 3, 100_00), (100_00, 3, 33_33), (299_99, 3, 99_99), (2, 3, 0)],
)
def test_show_up_fee_drops_fractions_of_a_fen(rate_fen, divisor, fee_fen):
    assert show_up_fee_fen(rate_fen, divisor=divisor) == fee_fen


def test_show_up_fee_refuses_a_divisor_of_nothing():
    with pytest.raises(ValueError, match="divisor"):
        show_up_fee_fen(300_00, divisor=0)
