"""Templates, slots and the rota in the administration."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import PersonRequest
from accounts.admin_site import ReadOnlyAdmin
from scheduling import slots
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline, carry_out_each
from scheduling.models import Occupancy, Shift, ShiftEvent, Slot, SlotEvent, SlotTemplate


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


@admin.register(SlotEvent)
class SlotEventAdmin(EventAdmin):
    list_display = ("at", "slot", "old", "new", "by", "reason")
    list_select_related = ("by", "slot")
    search_fields = ("reason", "by__pseudonym")


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    list_display = ("slot", "person", "status")
    list_filter = ("status", "slot__booth__studio", "slot__starts_at")
    list_select_related = ("slot", "person")
    search_fields = ("person__pseudonym", "person__profile__name")
    inlines = (ShiftEventInline,)


@admin.register(ShiftEvent)
class ShiftEventAdmin(EventAdmin):
    list_display = ("at", "shift", "old", "new", "by", "reason")
    list_select_related = ("by", "shift__person", "shift__slot")
    search_fields = ("reason", "by__pseudonym")


@admin.register(Occupancy)
class OccupancyAdmin(ReadOnlyAdmin):
    """The half hours taken; the rows that no rule but the guard writes."""

    list_display = ("kind", "resource_id", "tick", "booking", "shift")
    list_filter = ("kind",)
    list_select_related = ("booking", "shift__person", "shift__slot")
    search_fields = ("=resource_id", "=booking__pk", "=shift__pk")
