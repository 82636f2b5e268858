"""When the staff can work, in the administration: written on the pages, whose rules log who said so."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.models import AvailabilityEvent, DayException, StaffTerms, WorkingTime


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
