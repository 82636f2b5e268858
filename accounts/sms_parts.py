"""How long an SMS is: alphabet, units and parts (GSM 03.38 and 03.40). Pure: text in, numbers out."""

from collections.abc import Sequence
from typing import NamedTuple

# The alphabet of 7 bits; a letter of the extension is written with an escape before it and counts twice.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
# Units of one message, and of each part of several: the order of the parts takes the rest.
GSM_UNITS = (160, 153)
UCS2_UNITS = (70, 67)


class SmsLength(NamedTuple):
    """The alphabet ("GSM-7" or "UCS-2"), units used, parts charged, and units free in the last part."""

    alphabet: str
    units: int
    parts: int
    left: int


def measure_sms(text: str) -> SmsLength:
    """
    Return how a text is charged: in GSM-7 when its alphabet has every letter, else in UCS-2.

    160 units in one part, or 153 in each of several; 70 or 67 in UCS-2, where what lies
    beyond U+FFFF (an emoji) counts twice. No letter is cut in two between parts.
    """
    if set(text) <= GSM_BASIC | GSM_EXTENSION:
        return _measure("GSM-7", [1 + (letter in GSM_EXTENSION) for letter in text], limits=GSM_UNITS)
    return _measure("UCS-2", [1 + (ord(letter) > 0xFFFF) for letter in text], limits=UCS2_UNITS)


def cut_to_units(text: str, *, units: int) -> str:
    """Return the text, or as much of it as is no longer than `units` in UCS-2, the last of them an ellipsis."""
    sizes = [1 + (ord(letter) > 0xFFFF) for letter in text]
    if sum(sizes) <= units:
        return text
    used, kept = 0, ""
    for letter, size in zip(text, sizes, strict=True):
        if used + size > units - 1:
            break
        used, kept = used + size, kept + letter
    return kept + "…"


def _measure(alphabet: str, units: Sequence[int], *, limits: tuple[int, int]) -> SmsLength:
    single, each = limits
    total = sum(units)
    if total <= single:
        return SmsLength(alphabet, total, 1, single - total)
    parts, used = 1, 0
    for size in units:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return SmsLength(alphabet, total, parts, each - used)
