"""Pure: what other people typed must not become a formula in somebody's spreadsheet."""

import unicodedata

# A spreadsheet takes a cell that begins so for a formula; full-width forms too (they are folded first).
FORMULA_STARTS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula: an apostrophe before what would begin one."""
    start = text.lstrip(" \u3000\ufeff\u200b")[:1] or text[:1]
    if unicodedata.normalize("NFKC", start) in FORMULA_STARTS or text[:1] in FORMULA_STARTS:
        return "'" + text
    return text
