"""The partner board, its reports and quotas in the administration."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.admin.base import CHANGE_FIELDS, EventAdmin, LogInline
from scheduling.models import Availability, BoardEntry, BoardEvent, ProjectQuota, Report, ReportEvent


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


@admin.register(BoardEvent)
class BoardEventAdmin(EventAdmin):
    list_display = ("at", "entry", "old", "new", "by", "reason")
    list_select_related = ("by", "entry__person")
    search_fields = ("reason", "by__pseudonym")


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


@admin.register(ReportEvent)
class ReportEventAdmin(EventAdmin):
    list_display = ("at", "report", "old", "new", "by", "reason")
    list_select_related = ("by", "report__person")
    search_fields = ("reason", "by__pseudonym")


@admin.register(ProjectQuota)
class ProjectQuotaAdmin(ReadOnlyAdmin):
    """Quotas; they are made on the managers' page, which shows how full each is."""

    list_display = ("project", "sexes", "dialect", "min_age_years", "max_age_years", "wanted_pairs")
    list_filter = ("project", "sexes")
    list_select_related = ("project",)
    search_fields = ("project__name", "dialect")
