import pytest

from payments.templatetags.lookup import lookup
from payments.templatetags.money import clock_time, money, money_or_dash


@pytest.mark.parametrize(
    ("fen", "text"),
    [(300_00, "¥300.00"), (1_280_05, "¥1,280.05"), (0, "¥0.00"), (-60_05, "−¥60.05"), (None, "–")],
)
def test_money_writes_yuan(fen, text):
    assert money(fen) == text


@pytest.mark.parametrize(("seconds", "text"), [(None, ""), (0, "00:00"), (125, "02:05"), (3_725, "1:02:05")])
def test_clock_time_counts_from_the_start(seconds, text):
    assert clock_time(seconds) == text


def test_lookup_of_nothing_is_nothing():
    assert (lookup({"due": "wait"}, "due"), lookup({}, "due")) == ("wait", "")


@pytest.mark.parametrize(("fen", "text"), [(0, "–"), (None, "–"), (-1, "−¥0.01")])
def test_money_or_dash_is_quiet_about_nothing(fen, text):
    assert money_or_dash(fen) == text
