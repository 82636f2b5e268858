"""Requests to move a session in the administration: to be looked at."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import MoveOption, MoveRequest, MoveRequestEvent


class MoveRequestEventInline(LogInline):
    model = MoveRequestEvent
    fields = CHANGE_FIELDS


@admin.register(MoveRequest)
class MoveRequestAdmin(ReadOnlyAdmin):
    list_display = ("booking", "status", "made_by", "made_at", "expires_at")
    list_filter = ("status", "made_at")
    list_select_related = ("booking", "made_by")
    search_fields = ("=booking__pk", "reason")
    inlines = (MoveRequestEventInline,)


@admin.register(MoveOption)
class MoveOptionAdmin(ReadOnlyAdmin):
    list_display = ("request", "slot")
    list_select_related = ("request", "slot")
    search_fields = ("=request__booking__pk",)


@admin.register(MoveRequestEvent)
class MoveRequestEventAdmin(EventAdmin):
    list_display = ("at", "request", "old", "new", "by")
    list_select_related = ("request", "by")
    search_fields = ("=request__booking__pk",)
