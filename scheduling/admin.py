"""The administration of scheduling: everything can be looked at; states, claims and logs are written by rules alone."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.access import PersonRequest
from accounts.admin_site import ReadOnlyAdmin
from scheduling import pairs, qualifications, slots
from scheduling.forms import CityForm, StudioForm
from scheduling.models import (
    Attendance,
    AttendanceEvent,
    Availability,
    Block,
    BoardEntry,
    BoardEvent,
    Booking,
    BookingEvent,
    BookingNews,
    Booth,
    CalendarFeed,
    City,
    FormKey,
    Invitation,
    Occupancy,
    Pair,
    Project,
    ProjectQuota,
    Qualification,
    QualificationEvent,
    Reminder,
    ReminderEvent,
    Report,
    ReportEvent,
    Shift,
    ShiftEvent,
    Slot,
    SlotEvent,
    SlotTemplate,
    Studio,
    StudioStaff,
    WrongCode,
)
from scheduling.project_forms import GROUPS, ProjectForm

CHANGE_FIELDS = ("at", "old", "new", "by", "reason")


class LogInline(admin.TabularInline):
    """Rows below the thing they belong to, to be looked at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def carry_out_each(
    modeladmin: admin.ModelAdmin, request: HttpRequest, *, rows: QuerySet, rule: Callable[[Any], object]
) -> None:
    """Run the rule for each chosen row; say how many were done and why the others were not."""
    done = 0
    for row in rows:
        try:
            rule(row)
            done += 1
        except ValidationError as refusal:
            modeladmin.message_user(request, f"{row}: {' '.join(refusal.messages)}", messages.ERROR)
    if done:
        words = ngettext("%(count)d row is changed.", "%(count)d rows are changed.", done) % {"count": done}
        modeladmin.message_user(request, words, messages.SUCCESS)


# --- projects and places ---


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    """Projects, with the form of the managers' page: the same checks hold. Money is changed on that page alone."""

    form = ProjectForm
    fieldsets = [(title, {"fields": tuple(names)}) for title, names in GROUPS]  # type: ignore[misc]
    list_display = ("name", "slug", "is_open", "created_at")
    list_filter = ("is_open",)
    search_fields = ("name", "slug")
    readonly_fields = ("rate_fen", "show_up_fee_divisor")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    form = CityForm
    list_display = ("name", "name_zh", "slug", "timezone")
    search_fields = ("name", "name_zh", "slug")


class BoothInline(admin.TabularInline):
    model = Booth
    extra = 0
    can_delete = False


@admin.register(Studio)
class StudioAdmin(admin.ModelAdmin):
    form = StudioForm
    list_display = ("name", "city", "address", "is_open")
    list_filter = ("is_open", "city")
    list_select_related = ("city",)
    search_fields = ("name", "address", "city__name", "city__name_zh")
    inlines = (BoothInline,)


@admin.register(Booth)
class BoothAdmin(admin.ModelAdmin):
    list_display = ("name", "studio", "is_open")
    list_filter = ("is_open", "studio__city")
    list_select_related = ("studio",)
    search_fields = ("name", "studio__name")


@admin.register(StudioStaff)
class StudioStaffAdmin(admin.ModelAdmin):
    list_display = ("person", "studio")
    list_filter = ("studio",)
    list_select_related = ("person", "studio")
    search_fields = ("person__pseudonym", "person__profile__name", "studio__name")
    autocomplete_fields = ("person", "studio")


# --- slots and rota ---


class SlotEventInline(LogInline):
    model = SlotEvent
    fields = CHANGE_FIELDS


class ShiftEventInline(LogInline):
    model = ShiftEvent
    fields = CHANGE_FIELDS


@admin.register(SlotTemplate)
class SlotTemplateAdmin(ReadOnlyAdmin):
    """Weekly templates; they are made and ended on the managers' page, which refuses overlaps."""

    list_display = ("booth", "weekday", "starts_time", "project", "valid_from", "valid_to")
    list_filter = ("project", "weekday", "booth__studio")
    list_select_related = ("booth__studio", "project")
    search_fields = ("booth__name", "booth__studio__name")


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    """Slots. Closing one goes through the rule: a booked slot is refused with whom it would hurt."""

    list_display = ("starts_at", "ends_at", "booth", "project", "status")
    list_filter = ("status", "project", "booth__studio__city", "starts_at")
    list_select_related = ("booth__studio", "project")
    search_fields = ("=pk", "booth__name", "booth__studio__name")
    inlines = (SlotEventInline,)
    actions = ("close_slots", "open_slots")

    @admin.action(description=_("Close the chosen slots"))
    def close_slots(self, request: PersonRequest, rows: QuerySet[Slot]) -> None:
        now, reason = timezone.now(), str(_("Closed in the administration"))
        close = slots.close_slot
        carry_out_each(
            self, request, rows=rows, rule=lambda slot: close(slot, by=request.user, now=now, reason=reason)
        )

    @admin.action(description=_("Open the chosen slots"))
    def open_slots(self, request: PersonRequest, rows: QuerySet[Slot]) -> None:
        now = timezone.now()
        carry_out_each(
            self, request, rows=rows, rule=lambda slot: slots.open_slot(slot, by=request.user, now=now)
        )


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    list_display = ("slot", "person", "status")
    list_filter = ("status", "slot__booth__studio", "slot__starts_at")
    list_select_related = ("slot", "person")
    search_fields = ("person__pseudonym", "person__profile__name")
    inlines = (ShiftEventInline,)


# --- people and pairs ---


class QualificationEventInline(LogInline):
    model = QualificationEvent
    fields = CHANGE_FIELDS


@admin.register(Qualification)
class QualificationAdmin(ReadOnlyAdmin):
    list_display = ("person", "project", "status", "granted_at")
    list_filter = ("status", "project", "granted_at")
    list_select_related = ("person", "project")
    search_fields = ("person__pseudonym", "person__profile__name")
    inlines = (QualificationEventInline,)
    actions = ("suspend_qualifications", "restore_qualifications")

    @admin.action(description=_("Suspend the chosen qualifications"))
    def suspend_qualifications(self, request: PersonRequest, rows: QuerySet[Qualification]) -> None:
        self._move(request, rows, rule=qualifications.suspend_qualification)

    @admin.action(description=_("Restore the chosen qualifications"))
    def restore_qualifications(self, request: PersonRequest, rows: QuerySet[Qualification]) -> None:
        self._move(request, rows, rule=qualifications.restore_qualification)

    def _move(
        self, request: PersonRequest, rows: QuerySet[Qualification], *, rule: Callable[..., None]
    ) -> None:
        now, reason = timezone.now(), str(_("Changed in the administration"))
        carry_out_each(
            self, request, rows=rows, rule=lambda row: rule(row, by=request.user, now=now, reason=reason)
        )


@admin.register(Pair)
class PairAdmin(ReadOnlyAdmin):
    list_display = ("person_a", "person_b", "project", "made_at", "ended_at", "ended_by")
    list_filter = ("project", "made_at", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("person_a", "person_b", "project", "ended_by")
    search_fields = (
        "person_a__pseudonym",
        "person_a__profile__name",
        "person_b__pseudonym",
        "person_b__profile__name",
    )
    actions = ("end_pairs",)

    @admin.action(description=_("End the chosen pairs"))
    def end_pairs(self, request: PersonRequest, rows: QuerySet[Pair]) -> None:
        now = timezone.now()
        carry_out_each(
            self, request, rows=rows, rule=lambda pair: pairs.end_pair(pair, by=request.user, now=now)
        )


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations. The code is a secret of two people and is not shown."""

    list_display = ("inviter", "invited", "project", "status", "made_at", "expires_at", "accepted_by")
    list_filter = ("status", "project", "made_at")
    list_select_related = ("inviter", "invited", "project", "accepted_by")
    search_fields = (
        "inviter__pseudonym",
        "inviter__profile__name",
        "invited__pseudonym",
        "accepted_by__pseudonym",
    )
    exclude = ("code",)


class AvailabilityInline(LogInline):
    model = Availability
    fields = ("on", "part")


class BoardEventInline(LogInline):
    model = BoardEvent
    fields = CHANGE_FIELDS


@admin.register(BoardEntry)
class BoardEntryAdmin(ReadOnlyAdmin):
    """What people write on the partner board; a manager hides an entry on the page of its report."""

    list_display = ("person", "project", "city", "status", "published_at", "expires_at")
    list_filter = ("status", "project", "city")
    list_select_related = ("person", "project", "city")
    search_fields = ("person__pseudonym", "person__profile__name", "about", "topics")
    inlines = (AvailabilityInline, BoardEventInline)


@admin.register(Availability)
class AvailabilityAdmin(ReadOnlyAdmin):
    list_display = ("entry", "on", "part")
    list_filter = ("part", "on")
    list_select_related = ("entry__person",)
    search_fields = ("entry__person__pseudonym",)


class ReportEventInline(LogInline):
    model = ReportEvent
    fields = CHANGE_FIELDS


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("person", "reason", "status", "reporter", "project", "made_at")
    list_filter = ("status", "reason", "project")
    list_select_related = ("person", "reporter", "project")
    search_fields = ("person__pseudonym", "reporter__pseudonym", "text")
    inlines = (ReportEventInline,)


@admin.register(ProjectQuota)
class ProjectQuotaAdmin(ReadOnlyAdmin):
    """Quotas; they are made on the managers' page, which shows how full each is."""

    list_display = ("project", "sexes", "dialect", "min_age_years", "max_age_years", "wanted_pairs")
    list_filter = ("project", "sexes")
    list_select_related = ("project",)
    search_fields = ("project__name", "dialect")


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ("person", "blocked", "at")
    list_select_related = ("person", "blocked")
    search_fields = ("person__pseudonym", "blocked__pseudonym")


@admin.register(WrongCode)
class WrongCodeAdmin(ReadOnlyAdmin):
    list_display = ("person", "at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym",)


# --- bookings ---


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


@admin.register(Attendance)
class AttendanceAdmin(ReadOnlyAdmin):
    list_display = ("booking", "person", "outcome", "arrived_at", "recorded_at", "recorded_by")
    list_filter = ("outcome", "recorded_at")
    list_select_related = ("booking", "person", "recorded_by")
    search_fields = ("=booking__pk", "person__pseudonym", "person__profile__name")
    inlines = (AttendanceEventInline,)


class EventAdmin(ReadOnlyAdmin):
    """A log: newest first, never changed."""

    list_filter = ("new", "at")


@admin.register(BookingEvent)
class BookingEventAdmin(EventAdmin):
    list_display = ("at", "booking", "old", "new", "by", "is_late", "reason")
    list_select_related = ("by", "booking")
    search_fields = ("=booking__pk", "reason", "by__pseudonym")


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """The private calendars of staff; their secrets are shown to nobody here."""

    list_display = ("person", "made_at", "revoked_at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym", "person__profile__name")
    exclude = ("sealed_token", "token_sha256")


@admin.register(BookingNews)
class BookingNewsAdmin(ReadOnlyAdmin):
    list_display = ("event", "told_at")
    list_select_related = ("event",)
    search_fields = ("=event__booking__pk",)


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


@admin.register(SlotEvent)
class SlotEventAdmin(EventAdmin):
    list_display = ("at", "slot", "old", "new", "by", "reason")
    list_select_related = ("by", "slot")
    search_fields = ("reason", "by__pseudonym")


@admin.register(ShiftEvent)
class ShiftEventAdmin(EventAdmin):
    list_display = ("at", "shift", "old", "new", "by", "reason")
    list_select_related = ("by", "shift__person", "shift__slot")
    search_fields = ("reason", "by__pseudonym")


@admin.register(QualificationEvent)
class QualificationEventAdmin(EventAdmin):
    list_display = ("at", "qualification", "old", "new", "by", "reason")
    list_select_related = ("by", "qualification__person", "qualification__project")
    search_fields = ("reason", "by__pseudonym")


@admin.register(BoardEvent)
class BoardEventAdmin(EventAdmin):
    list_display = ("at", "entry", "old", "new", "by", "reason")
    list_select_related = ("by", "entry__person")
    search_fields = ("reason", "by__pseudonym")


@admin.register(ReportEvent)
class ReportEventAdmin(EventAdmin):
    list_display = ("at", "report", "old", "new", "by", "reason")
    list_select_related = ("by", "report__person")
    search_fields = ("reason", "by__pseudonym")


@admin.register(AttendanceEvent)
class AttendanceEventAdmin(EventAdmin):
    list_display = ("at", "attendance", "old", "new", "by", "reason")
    list_select_related = ("by", "attendance__person")
    search_fields = ("reason", "by__pseudonym")


@admin.register(Occupancy)
class OccupancyAdmin(ReadOnlyAdmin):
    """The half hours taken; the rows that no rule but the guard writes."""

    list_display = ("kind", "resource_id", "tick", "booking", "shift")
    list_filter = ("kind",)
    list_select_related = ("booking", "shift__person", "shift__slot")
    search_fields = ("=resource_id", "=booking__pk", "=shift__pk")


@admin.register(FormKey)
class FormKeyAdmin(ReadOnlyAdmin):
    list_display = ("person", "started_at", "answered_at")
    list_select_related = ("person",)
    search_fields = ("person__pseudonym",)
    exclude = ("key", "digest", "answer")
