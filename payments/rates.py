"""What a person earns, in whole fen. Pure."""


def session_pay_fen(rate_fen: int) -> int:
    """Return the pay of one person for one session: the rate fixed at confirmation. Rule: R-36."""
    return rate_fen


def show_up_fee_fen(rate_fen: int, *, divisor: int) -> int:
    """
    Return the fee of somebody who came and was turned away: the pay divided by `divisor`.

    Fractions of a fen are dropped. Raise ValueError when the divisor is below 1. Rule: R-26.
    """
    if divisor < 1:
        raise ValueError("divisor must be at least 1")
    return rate_fen // divisor
