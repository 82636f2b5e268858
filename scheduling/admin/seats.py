"""Open seats in the administration."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import OpenSeat, SeatEvent


class SeatEventInline(LogInline):
    model = SeatEvent
    fields = CHANGE_FIELDS


@admin.register(OpenSeat)
class OpenSeatAdmin(ReadOnlyAdmin):
    """Slots that one person took alone. They change on the page of open seats."""

    list_display = ("pk", "slot", "person", "status", "taken_at", "expires_at", "booking")
    list_filter = ("status", "project", "taken_at")
    list_select_related = ("slot", "person", "booking")
    search_fields = ("=pk", "=slot__pk", "person__pseudonym")
    inlines = (SeatEventInline,)


@admin.register(SeatEvent)
class SeatEventAdmin(EventAdmin):
    list_display = ("at", "seat", "old", "new", "by", "reason")
    list_select_related = ("by", "seat__person")
    search_fields = ("=seat__pk", "by__pseudonym")
