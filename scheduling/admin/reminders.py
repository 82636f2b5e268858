"""Reminders and the calendars of staff in the administration."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import CalendarFeed, Reminder, ReminderEvent


class ReminderEventInline(LogInline):
    model = ReminderEvent
    fields = CHANGE_FIELDS


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Reminders. The managers' list shows them with what became of their messages."""

    list_display = ("booking", "person", "hours_before", "channel", "status", "due_at")
    list_filter = ("status", "channel", "hours_before")
    list_select_related = ("booking", "person")
    search_fields = ("=booking__pk", "person__pseudonym")
    inlines = (ReminderEventInline,)


@admin.register(ReminderEvent)
class ReminderEventAdmin(EventAdmin):
    list_display = ("at", "reminder", "old", "new", "by", "reason")
    list_select_related = ("by", "reminder")
    search_fields = ("reason", "=reminder__booking__pk")


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """The private calendars of staff; their secrets are shown to nobody here."""

    list_display = ("person", "made_at", "revoked_at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym", "person__profile__name")
    exclude = ("sealed_token", "token_sha256")
