"""Finding a telephone number, a WeChat id or an address in what people write for everybody. Pure."""

import re
import unicodedata

# 一三八零零… and 幺叁捌… are read aloud and written to slip past a check for figures.
_FIGURES = str.maketrans("零〇○壹一幺贰二叁三肆四伍五陆六柒七捌八玖九", "0001112233445566778899")
_DATE = re.compile(r"(?:19|20)\d\d[-./年]\d{1,2}[-./月]\d{1,2}")
# A landline without its area code has seven figures; whatever stands between two of them is up to two signs.
_NUMBER = re.compile(r"\d(?:[\s\-_.·,，、/*()（）+]{0,2}\d){6,}")
_KEYWORD = (
    r"微\s*信|薇\s*信|威\s*信|维\s*信|微\s*[❤♥]|加\s*v|加\s*我|vx|v\s*信|wx|we\s*chat|wei\s*xin|"
    r"q\s*q|扣扣|企鹅号|telegram|whatsapp|line\s*id|instagram|钉钉|抖音号|小红书号"
)
_ID_AFTER_KEYWORD = re.compile(rf"(?:{_KEYWORD})[^a-z0-9]{{0,8}}(?:[a-z][\w-]{{3,}}|\d{{5,}})", re.ASCII)
_SAME_AS_NUMBER = re.compile(rf"(?:{_KEYWORD})[^a-z0-9]{{0,4}}同(?:号|手机|电话)")
_BARE_ID = re.compile(
    r"(?<![a-z0-9_])(?=[a-z0-9_-]*\d)(?=[a-z0-9-]*_|wxid)[a-z][a-z0-9_-]{5,19}(?![a-z0-9_])"
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+|https?://|www\.|\b[\w-]+\.(?:com|cn|net|org|me|io|link)\b", re.ASCII)


def find_contact(text: str) -> str:
    """
    Return what in the text would let a stranger get in touch: "phone", "account", "address", or "".

    Full-width and Chinese figures are read as figures, signs and blanks between them are
    skipped. A date such as 2026-03-05 is no number. Words about WeChat without an id
    behind them are allowed.
    """
    typed = unicodedata.normalize("NFKC", text).lower()
    figures = _DATE.sub(" ", typed).translate(_FIGURES)
    if _ADDRESS.search(typed):
        return "address"
    if _ID_AFTER_KEYWORD.search(figures) or _SAME_AS_NUMBER.search(typed) or _BARE_ID.search(typed):
        return "account"
    return "phone" if _NUMBER.search(figures) else ""
