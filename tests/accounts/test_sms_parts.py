"""The length of an SMS as the networks charge it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.sms_parts import GSM_BASIC, GSM_EXTENSION, measure_sms

GSM, UCS = "GSM-7", "UCS-2"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", (GSM, 0, 1, 160)),
        ("a" * 160, (GSM, 160, 1, 0)),
        ("a" * 161, (GSM, 161, 2, 145)),
        ("a" * 306, (GSM, 306, 2, 0)),
        ("a" * 307, (GSM, 307, 3, 152)),
        ("字" * 70, (UCS, 70, 1, 0)),
        ("字" * 71, (UCS, 71, 2, 63)),
        ("字" * 134, (UCS, 134, 2, 0)),
        ("字" * 135, (UCS, 135, 3, 66)),
        ("é€", (GSM, 3, 1, 157)),
        ("ê", (UCS, 1, 1, 69)),
        ("a" * 100 + "字", (UCS, 101, 2, 33)),
    ],
)
def test_text_is_measured_at_its_limits(text, length):
    assert measure_sms(text) == length


def test_letter_of_the_extension_counts_twice_and_is_not_cut_between_parts():
    assert measure_sms("€" * 80) == (GSM, 160, 1, 0)
    # 152 units, then one that needs two: the last of the first part stays free.
    assert measure_sms("a" * 152 + "€" + "a" * 10) == (GSM, 164, 2, 141)


def test_emoji_counts_twice_and_is_not_cut_between_parts():
    assert measure_sms("😀" * 35) == (UCS, 70, 1, 0)
    assert measure_sms("字" * 66 + "😀" + "字" * 5) == (UCS, 73, 2, 60)
    # 33 in a part of 67: the last unit stays free.
    assert measure_sms("😀" * 67) == (UCS, 134, 3, 65)


@given(st.text(max_size=600))
def test_parts_hold_the_units_and_no_part_is_empty(text):
    alphabet, units, parts, left = measure_sms(text)

    assert alphabet == (GSM if set(text) <= GSM_BASIC | GSM_EXTENSION else UCS)
    single, each = (160, 153) if alphabet == GSM else (70, 67)
    assert (parts == 1) == (units <= single)
    if parts > 1:
        # Each part but the last may leave one unit free.
        assert (parts - 1) * (each - 1) < units <= parts * each
        assert 0 <= left < each
