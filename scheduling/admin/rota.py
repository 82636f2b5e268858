"""When the staff can work, their swaps and the escalations; all written on the pages, whose rules log who did it."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import (
    AvailabilityEvent,
    DayException,
    Escalation,
    EscalationEvent,
    StaffTerms,
    SwapEvent,
    SwapRequest,
    WorkingTime,
)


class SwapEventInline(LogInline):
    model = SwapEvent
    fields = CHANGE_FIELDS


class EscalationEventInline(LogInline):
    model = EscalationEvent
    fields = CHANGE_FIELDS


@admin.register(StaffTerms)
class StaffTermsAdmin(ReadOnlyAdmin):
    list_display = ("person", "wished_hours", "max_shifts_per_day", "max_shifts_per_week", "told_at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym", "person__profile__name")


@admin.register(WorkingTime)
class WorkingTimeAdmin(ReadOnlyAdmin):
    list_display = ("person", "studio", "weekday", "part")
    list_filter = ("studio", "weekday", "part")
    list_select_related = ("person", "studio")
    search_fields = ("person__pseudonym", "person__profile__name")


@admin.register(DayException)
class DayExceptionAdmin(ReadOnlyAdmin):
    list_display = ("person", "kind", "from_on", "to_on", "part", "note")
    list_filter = ("kind", "from_on")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym", "person__profile__name", "note")


@admin.register(AvailabilityEvent)
class AvailabilityEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "person", "what", "by")
    list_filter = ("what", "at")
    list_select_related = ("person", "by")
    search_fields = ("person__pseudonym", "by__pseudonym")


@admin.register(SwapRequest)
class SwapRequestAdmin(ReadOnlyAdmin):
    list_display = ("shift", "asker", "asked", "taker", "status", "expires_at")
    list_filter = ("status", "made_at")
    list_select_related = ("shift__person", "shift__slot", "asker", "asked", "taker")
    search_fields = ("asker__pseudonym", "asked__pseudonym", "taker__pseudonym")
    inlines = (SwapEventInline,)


@admin.register(SwapEvent)
class SwapEventAdmin(EventAdmin):
    list_display = ("at", "swap", "old", "new", "by", "reason")
    list_select_related = ("by", "swap")
    search_fields = ("reason", "by__pseudonym")


@admin.register(Escalation)
class EscalationAdmin(ReadOnlyAdmin):
    list_display = ("slot", "status", "opened_at", "told_hours")
    list_filter = ("status", "opened_at")
    list_select_related = ("slot",)
    search_fields = ("=slot__pk",)
    inlines = (EscalationEventInline,)


@admin.register(EscalationEvent)
class EscalationEventAdmin(EventAdmin):
    list_display = ("at", "escalation", "old", "new", "by", "reason")
    list_select_related = ("by", "escalation")
    search_fields = ("reason", "by__pseudonym")
