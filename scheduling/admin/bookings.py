"""Bookings, who came, and what of them was told, in the administration."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import Attendance, AttendanceEvent, Booking, BookingEvent, BookingNews, FormKey


class BookingEventInline(LogInline):
    model = BookingEvent
    fields = ("at", "old", "new", "by", "is_late", "reason")


class AttendanceEventInline(LogInline):
    model = AttendanceEvent
    fields = CHANGE_FIELDS


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """Bookings. Their state and pay change on the pages of bookings and sessions."""

    list_display = ("pk", "slot", "pair", "status", "made_at", "expires_at", "confirmed_at", "rate_fen")
    list_filter = ("status", "project", "made_at")
    list_select_related = ("slot", "pair__person_a", "pair__person_b")
    search_fields = ("=pk", "pair__person_a__pseudonym", "pair__person_b__pseudonym")
    inlines = (BookingEventInline,)


@admin.register(BookingEvent)
class BookingEventAdmin(EventAdmin):
    list_display = ("at", "booking", "old", "new", "by", "is_late", "reason")
    list_select_related = ("by", "booking")
    search_fields = ("=booking__pk", "reason", "by__pseudonym")


@admin.register(BookingNews)
class BookingNewsAdmin(ReadOnlyAdmin):
    list_display = ("event", "told_at")
    list_select_related = ("event",)
    search_fields = ("=event__booking__pk",)


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ("booking", "person", "outcome", "arrived_at", "recorded_at", "recorded_by")
    list_filter = ("outcome", "recorded_at")
    list_select_related = ("booking", "person", "recorded_by")
    search_fields = ("=booking__pk", "person__pseudonym", "person__profile__name")
    inlines = (AttendanceEventInline,)


@admin.register(AttendanceEvent)
class AttendanceEventAdmin(EventAdmin):
    list_display = ("at", "attendance", "old", "new", "by", "reason")
    list_select_related = ("by", "attendance__person")
    search_fields = ("reason", "by__pseudonym")


@admin.register(FormKey)
class FormKeyAdmin(ReadOnlyAdmin):
    list_display = ("person", "started_at", "answered_at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym",)
    exclude = ("key", "digest", "answer")
