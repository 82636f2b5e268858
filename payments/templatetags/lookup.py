"""`{{ badges|lookup:status }}`: a value of a dict by a key that is a variable."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def lookup(mapping: Mapping[str, str], key: str) -> str:
    """Return the value of the key, "" when there is none."""
    return mapping.get(key, "")
