"""The words of messages that managers wrote over the templates of the code: found, and filled."""

import re
from collections.abc import Mapping

from django.template.loader import get_template

from accounts.models import Channel, MessageText

PLACE = re.compile(r"\{(\w+)\}")
_FOLDERS = {Channel.SMS: "sms", Channel.EMAIL: "emails"}
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def fill(text: str, params: Mapping[str, object]) -> str:
    """Return the text with each {place} filled, once: what fills it is never read as a place."""
    return PLACE.sub(lambda found: str(params.get(found[1], "")), text)


def fill_line(text: str, params: Mapping[str, object]) -> str:
    """Return the text filled, on one line whatever filled it: a subject has no second one."""
    return " ".join(fill(text, params).split())


def places_in(text: str) -> set[str]:
    """Return the names of the places in the text."""
    return set(PLACE.findall(text))


def default_text(template: str, channel: str, language: str) -> tuple[str, str]:
    """Return subject and words that the code has, with places as managers write them. An SMS has no subject."""
    name = f"{_FOLDERS[Channel(channel)]}/{template}.{language}.txt"
    source = get_template(name).template.source.strip()  # type: ignore[attr-defined]
    text = _VARIABLE.sub(r"{\1}", source)
    if channel == Channel.SMS:
        return "", text
    subject, _newline, body = text.partition("\n")
    return subject.strip(), body.strip()


def written_text(template: str, channel: str, language: str) -> MessageText | None:
    """Return the words that hold instead of the code's, None when the code's do. One query."""
    rows = MessageText.objects.filter(template=template, channel=channel, language=language)
    latest = rows.order_by("-pk").first()
    return latest if latest and latest.body else None
