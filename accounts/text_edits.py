"""Editing the texts of messages: what may be written, how it will look, and the row that holds from then on."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts import sms
from accounts.models import Channel, MessageText, User
from accounts.outbox import Kind
from accounts.sms_parts import SmsLength, measure_sms
from accounts.texts import default_text, fill, fill_line, places_in

LONGEST_SUBJECT = 120
LONGEST_BODY = 4000


class TextRefused(ValidationError):
    """The text cannot be used: the words say why."""


@dataclass(frozen=True)
class Preview:
    """The message as an example; the length of an SMS, with its signature, filled with the longest that can occur."""

    text: str
    length: SmsLength | None


def places_of(kind: Kind, *, channel: str) -> list[str]:
    """Return the names of the places that a text of this kind may have."""
    return [*kind.longest, "site"] if channel == Channel.EMAIL else list(kind.longest)


def preview_text(kind: Kind, *, channel: str, language: str, subject: str, body: str) -> Preview:
    """Return how the message looks to its reader, and how many parts its SMS has at most."""
    with override(language):
        longest = {name: str(value) for name, value in kind.longest.items()} | {"site": settings.SITE_URL}
        shown = longest | {name: str(value) for name, value in kind.examples.items()}
    if channel == Channel.SMS:
        return Preview(sms.sign(fill(body, shown)), measure_sms(sms.sign(fill(body, longest))))
    return Preview(f"{fill_line(subject, shown)}\n\n{fill(body, shown)}", None)


def check_text(kind: Kind, *, channel: str, language: str, subject: str, body: str) -> None:
    """
    Raise TextRefused for a text that cannot be sent.

    Subject and words are looked at each for itself: half a place in each makes none.
    Codes: "empty", "no_subject", "many_lines" (a subject is one line), "unknown_place",
    "missing_place" (what the words of this kind must say), "too_long" (an SMS past 500
    units, filled; a subject or words past what their column holds).
    """
    if not body.strip():
        raise TextRefused(_("Write the text."), code="empty")
    if channel == Channel.EMAIL and not subject.strip():
        raise TextRefused(_("Write the subject."), code="no_subject")
    if len(subject.splitlines()) > 1:
        raise TextRefused(_("The subject is one line."), code="many_lines")
    known = set(places_of(kind, channel=channel))
    if unknown := sorted((places_in(subject) | places_in(body)) - known):
        raise TextRefused(
            _("{%(name)s} is no place of this message. Use those listed below the text."),
            code="unknown_place",
            params={"name": unknown[0]},
        )
    if missing := sorted(set(kind.needs) - places_in(body)):
        raise TextRefused(
            _("This message must say {%(name)s}. Write it where it belongs."),
            code="missing_place",
            params={"name": missing[0]},
        )
    length = preview_text(kind, channel=channel, language=language, subject=subject, body=body).length
    is_past_column = len(subject) > LONGEST_SUBJECT or len(body) > LONGEST_BODY
    if is_past_column or (length and length.units > sms.LONGEST_TEXT):
        raise TextRefused(_("The text is too long: no provider takes it. Shorten it."), code="too_long")


def write_text(
    kind: Kind, *, channel: str, language: str, subject: str, body: str, by: User, now: datetime
) -> MessageText:
    """Let these words hold from now on; the earlier ones are kept. Raise TextRefused as `check_text`."""
    check_text(kind, channel=channel, language=language, subject=subject, body=body)
    return _write(kind, channel=channel, language=language, subject=subject, body=body, by=by, now=now)


def reset_text(kind: Kind, *, channel: str, language: str, by: User, now: datetime) -> MessageText:
    """Let the text of the code hold again."""
    return _write(kind, channel=channel, language=language, subject="", body="", by=by, now=now)


def _write(
    kind: Kind, *, channel: str, language: str, subject: str, body: str, by: User, now: datetime
) -> MessageText:
    return MessageText.objects.create(
        template=kind.template,
        channel=channel,
        language=language,
        subject=subject.strip(),
        body=body.strip(),
        written_by=by,
        written_at=now,
    )


def all_texts(kinds: list[Kind]) -> dict[tuple[str, str, str], tuple[str, str, bool]]:
    """Return subject, words and whether a manager wrote them, by (template, channel, language); one query."""
    latest = {(row.template, row.channel, row.language): row for row in MessageText.objects.order_by("pk")}
    texts = {}
    for kind in kinds:
        for channel in kind.channels:
            for language, _name in settings.LANGUAGES:
                row = latest.get((kind.template, str(channel), language))
                if row is not None and row.body:
                    texts[kind.template, str(channel), language] = (row.subject, row.body, True)
                else:
                    default = default_text(kind.template, channel, language)
                    texts[kind.template, str(channel), language] = (*default, False)
    return texts
