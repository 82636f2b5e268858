"""
Icons for templates that show them by the hundred: `{% icon %}` draws one, `{% badge_icon %}` that of a badge.

What an icon looks like stands in `components/icon.html` alone; here each is rendered once.
"""

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.safestring import SafeString

register = template.Library()
# The icon that says what the colour of a badge says; "" is none. All others have a dot.
OF_BADGES = {
    "ok": "check",
    "warn": "alert",
    "wait": "clock",
    "bad": "x",
    "next": "arrow-right",
    "a": "",
    "b": "",
}


@register.simple_tag
@cache
def icons_url() -> str:
    """Return the address of the file with all icons."""
    return static("img/icons.svg")


@register.simple_tag
@cache
def icon(name: str, size: str = "") -> SafeString:
    """Return the drawing of an icon."""
    return render_to_string("components/icon.html", {"name": name, "size": size})


@register.simple_tag
def badge_icon(kind: str, name: str = "") -> SafeString | str:
    """Return the small icon of a badge: the one that is named, else that of its kind."""
    name = name or OF_BADGES.get(kind, "dot")
    return icon(name, "small") if name else ""
