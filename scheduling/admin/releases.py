"""Release moments and their tickets in the administration; the seed of a draw is shown on its page afterwards."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import Release, ReleaseEvent, Ticket, TicketEvent, Wish


class ReleaseEventInline(LogInline):
    model = ReleaseEvent
    fields = CHANGE_FIELDS


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    """A batch of slots that opens at one moment; managers make and change it on its page."""

    list_display = ("name", "project", "status", "opens_at", "made_by")
    list_filter = ("status", "project")
    list_select_related = ("project", "made_by")
    search_fields = ("name", "seed_sha256")
    exclude = ("seed",)
    inlines = (ReleaseEventInline,)


@admin.register(ReleaseEvent)
class ReleaseEventAdmin(EventAdmin):
    list_display = ("at", "release", "old", "new", "cause", "slot_count", "by", "reason")
    list_select_related = ("by", "release")
    search_fields = ("reason", "by__pseudonym", "release__name")


class WishInline(LogInline):
    model = Wish
    fields = ("rank", "slot")


class TicketEventInline(LogInline):
    model = TicketEvent
    fields = CHANGE_FIELDS


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """A pair in the draw of a release."""

    list_display = ("release", "number", "pair", "status", "place", "is_first_choice", "booking")
    list_filter = ("status", "is_first_choice")
    list_select_related = ("release", "pair__person_a", "pair__person_b", "booking")
    search_fields = ("release__name", "pair__person_a__pseudonym", "pair__person_b__pseudonym")
    inlines = (WishInline, TicketEventInline)


@admin.register(TicketEvent)
class TicketEventAdmin(EventAdmin):
    list_display = ("at", "ticket", "old", "new", "by", "reason")
    list_select_related = ("by", "ticket")
    search_fields = ("reason", "by__pseudonym")


@admin.register(Wish)
class WishAdmin(ReadOnlyAdmin):
    list_display = ("ticket", "rank", "slot")
    list_select_related = ("ticket", "slot")
    search_fields = ("ticket__release__name",)
