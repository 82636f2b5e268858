"""Reminders on the managers' desk. Rule: R-25."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import MessageEvent
from scheduling.filter_forms import ReminderFilterForm
from scheduling.models import Reminder, ReminderEvent, ReminderStatus

ROWS_ON_A_PAGE = 25
BADGES = {
    ReminderStatus.WAITING: "wait",
    ReminderStatus.POSTED: "info",
    ReminderStatus.SENT: "ok",
    ReminderStatus.FAILED: "bad",
    ReminderStatus.DROPPED: "idle",
}
WITH_REASON = [ReminderStatus.FAILED, ReminderStatus.DROPPED]


@role_required(Role.MANAGER)
@require_safe
def reminder_list(request: PersonRequest) -> HttpResponse:
    """List the reminders of sessions with their states, by state, city, channel and day."""
    form = ReminderFilterForm(request.GET)
    reminders = form.select(Reminder.objects.all()).select_related(
        "person", "booking__slot__booth__studio__city", "message"
    )
    reminders = reminders.prefetch_related(
        Prefetch("events", queryset=ReminderEvent.objects.order_by("pk")),
        Prefetch("message__events", queryset=MessageEvent.objects.order_by("pk")),
    )
    page_obj = Paginator(reminders.order_by("-due_at", "-pk"), ROWS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    page = {"form": form, "page_obj": page_obj, "rows": [_row(reminder) for reminder in page_obj]}
    return render(request, "scheduling/reminder_list.html", page)


def _row(reminder: Reminder) -> dict[str, Any]:
    slot = reminder.booking.slot
    return {
        "reminder": reminder,
        "slot": slot,
        "zone": slot.booth.studio.city.timezone,
        "kind": BADGES[ReminderStatus(reminder.status)],
        "reason": _reason(reminder) if reminder.status in WITH_REASON else "",
    }


def _reason(reminder: Reminder) -> str:
    """Return why it was not sent: the reminder's own reason, else that of its message."""
    own = [event.reason for event in reminder.events.all() if event.reason]
    if own:
        return gettext(own[-1])
    told = [event.told_reason for event in reminder.message.events.all()] if reminder.message else []
    return told[-1] if told else ""
