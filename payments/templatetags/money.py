"""`{{ fen|money }}`: the one way in which an amount is shown."""

from django import template

register = template.Library()


@register.filter
def money(fen: int | None) -> str:
    """Return fen as `¥1,280.00`, a negative amount with a minus sign; a dash when there is none."""
    if fen is None:
        return "–"
    sign = "\u2212" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


@register.filter
def money_or_dash(fen: int | None) -> str:
    """Return an amount as `money` does, a dash for nothing: in a column of mostly nothing the rest stands out."""
    return money(fen or None)


@register.filter
def clock_time(seconds: int | None) -> str:
    """Return seconds from the start of a recording as `1:02:05` or `02:05`."""
    if seconds is None:
        return ""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes:02d}:{seconds % 60:02d}"
