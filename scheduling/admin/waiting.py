"""Waiting lists in the administration."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import WaitingEntry, WaitingEvent


class WaitingEventInline(LogInline):
    model = WaitingEvent
    fields = CHANGE_FIELDS


@admin.register(WaitingEntry)
class WaitingEntryAdmin(ReadOnlyAdmin):
    """Places on waiting lists. They change on the pages of slots."""

    list_display = ("pk", "slot", "pair", "status", "made_at", "made_by")
    list_filter = ("status", "project", "made_at")
    list_select_related = ("slot", "pair__person_a", "pair__person_b", "made_by")
    search_fields = ("=pk", "=slot__pk", "pair__person_a__pseudonym", "pair__person_b__pseudonym")
    inlines = (WaitingEventInline,)


@admin.register(WaitingEvent)
class WaitingEventAdmin(EventAdmin):
    list_display = ("at", "entry", "old", "new", "by", "reason")
    list_select_related = ("by", "entry")
    search_fields = ("=entry__pk", "reason", "by__pseudonym")
