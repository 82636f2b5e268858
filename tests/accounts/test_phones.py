import pytest
from django.core.exceptions import ValidationError

from accounts.phones import format_phone, mask_phone, parse_phone


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "+86 138 0013 8000",
        "0086 138-0013-8000",
        "008613800138000",
        "8613800138000",
        "１３８００１３８０００",
        "＋８６１３８００１３８０００",
        "（86）13800138000",
    ],
)
def test_phone_is_read_from_every_form_people_type(typed):
    assert parse_phone(typed) == "+8613800138000"


@pytest.mark.parametrize("prefix", ["162", "165", "167", "170", "171"])
def test_phone_of_a_young_prefix_is_taken(prefix):
    assert parse_phone(f"{prefix}00138000") == f"+86{prefix}00138000"


@pytest.mark.parametrize("prefix", ["140", "141", "144", "146", "154", "168", "169", "179", "194"])
def test_phone_of_a_prefix_that_nobody_has_is_refused(prefix):
    with pytest.raises(ValidationError) as refusal:
        parse_phone(f"{prefix}00138000")
    assert refusal.value.code == "unreadable"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "unreadable"),
        ("abc", "unreadable"),
        ("10086", "unreadable"),
        ("1380013800", "unreadable"),
        ("138001380001", "unreadable"),
        ("1380013800a", "unreadable"),
        ("tel:13800138000", "unreadable"),
        ("1" * 31, "unreadable"),
        ("010 1234 5678", "not_mobile"),
        ("+44 7400 123456", "region"),
        ("+1 202 555 0123", "region"),
    ],
)
def test_phone_that_cannot_get_a_code_is_refused(typed, code):
    with pytest.raises(ValidationError) as refusal:
        parse_phone(typed)
    assert refusal.value.code == code


def test_phone_of_another_allowed_region_is_taken(settings):
    settings.PHONE_REGIONS = ["CN", "GB"]
    assert parse_phone("+44 7400 123456") == "+447400123456"


def test_phone_is_shown_to_its_owner_in_the_usual_groups():
    assert format_phone("+8613800138000") == "138 0013 8000"
    assert format_phone("+447400123456") == "+44 7400 123456"


def test_phone_is_masked_for_others():
    assert mask_phone("+8613800138000") == "+86 *** 8000"
    assert mask_phone(None) == "—"
