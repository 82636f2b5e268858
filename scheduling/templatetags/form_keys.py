"""`{% form_key %}`: the hidden field that makes a form sent twice count once."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scheduling.form_keys import FIELD, make_form_key

register = template.Library()


@register.simple_tag
def form_key() -> SafeString:
    """Return the hidden field with a new key."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, make_form_key())
