"""The outbox as managers and administrators see it: what is stuck."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import outbox
from accounts.access import PersonRequest, Role, role_required
from accounts.models import Message, MessageEvent, MessageStatus

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
