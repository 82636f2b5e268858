"""The texts of the messages: what they are, and a manager's own in their place."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import outbox, text_edits
from accounts.access import PersonRequest, Role, role_required
from accounts.forms import MessageTextForm
from accounts.models import Channel


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
@require_safe
def message_texts(request: PersonRequest) -> HttpResponse:
    """Show the text of every kind of message in each language, and how many parts its SMS has at most."""
    kinds = list(outbox.known_kinds().values())
    texts = text_edits.all_texts(kinds)
    rows = []
    for kind in kinds:
        shown = [
            _row(kind, str(channel), code, name, texts[kind.template, str(channel), code])
            for code, name in settings.LANGUAGES
            for channel in kind.channels
        ]
        rows.append({"kind": kind, "texts": shown, "is_own": any(text["is_own"] for text in shown)})
    return render(request, "accounts/message_texts.html", {"kinds": rows})


def _row(
    kind: outbox.Kind, channel: str, code: str, name: Any, text: tuple[str, str, bool]
) -> dict[str, Any]:
    subject, body, is_own = text
    look = text_edits.preview_text(kind, channel=channel, language=code, subject=subject, body=body)
    return {
        "channel": channel,
        "channel_name": Channel(channel).label,
        "language": name,
        "code": code,
        "is_own": is_own,
        "look": look,
    }


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def message_text_edit(request: PersonRequest, template: str, channel: str, language: str) -> HttpResponse:
    """Change one text, look at it filled with its length in parts, or go back to the text of the code."""
    kind = outbox.known_kinds().get(template)
    if kind is None or channel not in kind.channels or language not in dict(settings.LANGUAGES):
        raise Http404
    where = {"channel": channel, "language": language}
    subject, body, is_own = text_edits.all_texts([kind])[template, channel, language]
    form = MessageTextForm(request.POST or None, channel=channel, initial={"subject": subject, "body": body})
    # The page takes the button that was pressed last along when it asks how the text looks.
    wish = "" if request.htmx else request.POST.get("wish", "")  # type: ignore[attr-defined]
    if wish == "reset":
        text_edits.reset_text(kind, **where, by=request.user, now=timezone.now())
        messages.success(request, _("The text of the code holds again."))
        return redirect("accounts:message_texts")
    if wish == "save" and form.is_valid():
        try:
            text_edits.write_text(kind, **where, **form.text(), by=request.user, now=timezone.now())
        except text_edits.TextRefused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Saved. New messages leave with these words."))
            return redirect("accounts:message_texts")
    shown = form.text() if form.is_bound else {"subject": subject, "body": body}
    page = {
        "form": form,
        "kind": kind,
        "channel_name": Channel(channel).label,
        "language_name": dict(settings.LANGUAGES)[language],
        "code": language,
        "is_sms": channel == Channel.SMS,
        "is_own": is_own,
        "places": text_edits.places_of(kind, channel=channel),
        "look": text_edits.preview_text(kind, **where, **shown),
    }
    name = "accounts/_text_look.html" if request.htmx else "accounts/message_text_edit.html"  # type: ignore[attr-defined]
    status = 422 if wish == "save" and form.errors else 200
    return render(request, name, page, status=status)
