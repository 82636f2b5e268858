"""Phone numbers as people type them, and as we keep them. Rule: R-1; docs/rules.md."""

import unicodedata

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumber, PhoneNumberType

# The longest number of E.164 has 15 digits; with blanks, hyphens and "00" nobody types more than this.
LONGEST_INPUT = 30

# Where mobile and fixed numbers look alike (the United States), the plan calls a mobile by the second name.
MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def parse_phone(text: str) -> str:
    """
    Return the number in E.164, from any form that people use.

    Full-width digits, blanks, hyphens, `+86…`, `0086…` and `86…` are read.
    Raise ValidationError(code="unreadable", "not_mobile" or "region"). Rule: R-1.
    """
    number = _read_number(text)
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("This is not a phone number. Enter a mobile number, such as 138 0013 8000."), code="unreadable"
        )
    if phonenumbers.region_code_for_number(number) not in settings.PHONE_REGIONS:
        raise ValidationError(
            _("Numbers of this country cannot be used here. Enter a mobile number of: %(regions)s."),
            code="region",
            params={"regions": ", ".join(settings.PHONE_REGIONS)},
        )
    if phonenumbers.number_type(number) not in MOBILE_TYPES:
        raise ValidationError(
            _("A landline cannot receive a code. Enter a mobile number, such as 138 0013 8000."),
            code="not_mobile",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read_number(text: str) -> PhoneNumber | None:
    """Return what the text reads as at home; nothing when it holds letters (they would be read as keys)."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if len(typed) > LONGEST_INPUT or any(sign.isalpha() for sign in typed):
        return None
    try:
        return phonenumbers.parse(typed, settings.PHONE_REGIONS[0])
    except phonenumbers.NumberParseException:
        return None


def format_phone(phone: str) -> str:
    """Return a number for its own owner to read: `138 0013 8000` at home, `+44 7400 123456` abroad."""
    number = phonenumbers.parse(phone)
    at_home = phonenumbers.region_code_for_number(number) == settings.PHONE_REGIONS[0]
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)


def mask_phone(phone: str | None) -> str:
    """Return a number for others to recognise and not to call: `+86 *** 8000`."""
    if not phone:
        return "—"
    return f"+{phonenumbers.parse(phone).country_code} *** {phone[-4:]}"
