"""The outbox as managers and administrators see it: what is stuck, and what the texts are."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST, require_safe

from accounts import emails, outbox, sms
from accounts.access import PersonRequest, Role, role_required
from accounts.models import Channel, Message, MessageEvent, MessageStatus

ROWS_ON_A_PAGE = 20
STRANDED = "stranded"
BADGES = {
    MessageStatus.WAITING: "wait",
    MessageStatus.SENDING: "info",
    MessageStatus.SENT: "ok",
    MessageStatus.FAILED: "bad",
    MessageStatus.DROPPED: "idle",
    MessageStatus.UNKNOWN: "warn",
}


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
@require_safe
def message_list(request: PersonRequest) -> HttpResponse:
    """List the messages that need a human, or those of one state, the newest first."""
    counts = dict(Message.objects.order_by().values_list("status").annotate(Count("pk")))
    stranded = sum(counts.get(status, 0) for status in outbox.STRANDED)
    tabs = [(STRANDED, gettext_lazy("Needs a person"), stranded)]
    tabs += [(value, label, counts.get(value, 0)) for value, label in MessageStatus.choices]
    status = request.GET.get("status", STRANDED)
    status = status if status in MessageStatus.values else STRANDED
    events = MessageEvent.objects.select_related("by__profile").order_by("pk")
    rows = (
        Message.objects.filter(status__in=outbox.STRANDED if status == STRANDED else [status])
        .select_related("person")
        .prefetch_related(Prefetch("events", queryset=events))
        .order_by("-pk")
    )
    page_obj = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    page = {
        "page_obj": page_obj,
        "rows": [_row(message) for message in page_obj],
        "tabs": tabs,
        "status": status,
    }
    return render(request, "accounts/message_list.html", page)


def _row(message: Message) -> dict[str, Any]:
    kind = outbox.known_kinds().get(message.template)
    events = [(event, MessageStatus(event.new).label) for event in message.events.all()]
    return {
        "message": message,
        "label": kind.label if kind else message.template,
        "kind": BADGES[MessageStatus(message.status)],
        "events": events,
        "is_stranded": message.status in outbox.STRANDED,
        "may_have_arrived": MessageStatus.SENT in outbox.MOVES[message.status],
    }


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
@require_POST
def message_settle(request: PersonRequest, pk: int) -> HttpResponse:
    """Say of a message that failed, or that nobody knows of, that it arrived, goes again, or is left."""
    message = get_object_or_404(Message, pk=pk)
    try:
        outbox.settle_message(
            message,
            outcome=request.POST.get("outcome", ""),
            by=request.user,
            reason=request.POST.get("reason", ""),
            now=timezone.now(),
        )
    except outbox.MessageRefused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("The message is settled."))
    return redirect("accounts:message_list")


@role_required(Role.MANAGER, Role.ADMINISTRATOR)
@require_safe
def message_texts(request: PersonRequest) -> HttpResponse:
    """Show the text of every kind of message in each language, and how many parts its SMS has at most."""
    kinds = [
        {
            "kind": kind,
            "texts": [text for code, name in settings.LANGUAGES for text in _texts(kind, code, name)],
        }
        for kind in outbox.known_kinds().values()
    ]
    return render(request, "accounts/message_texts.html", {"kinds": kinds})


def _texts(kind: outbox.Kind, code: str, name: Any) -> list[dict[str, Any]]:
    """Return the texts of a kind in one language, filled with the longest that can occur in it."""
    with override(code):
        params = {key: str(value) for key, value in kind.longest.items()}
    filled: dict[str, Any] = {"to": "", "template": kind.template, "language": code, "params": params}
    return [
        {"channel": Channel(channel).label, "language": name, "code": code, **_text(channel, filled)}
        for channel in kind.channels
    ]


def _text(channel: str, filled: dict[str, Any]) -> dict[str, Any]:
    if channel == Channel.SMS:
        text = sms.render_message(**filled).text
        return {"text": text, "length": len(text), "parts": sms.count_parts(text)}
    email = emails.render_email(**filled)
    return {"text": f"{email.subject}\n\n{email.body}", "parts": 0}
