"""Amnesties and objections in the administration: rows that are only ever added to."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.models import Amnesty, Objection


@admin.register(Amnesty)
class AmnestyAdmin(ReadOnlyAdmin):
    list_display = ("at", "project", "person", "counts_from_at", "by", "reason")
    list_filter = ("project", "at")
    list_select_related = ("project", "person", "by")
    search_fields = ("reason", "person__pseudonym", "person__profile__name")


@admin.register(Objection)
class ObjectionAdmin(ReadOnlyAdmin):
    list_display = ("at", "qualification")
    list_filter = ("at",)
    list_select_related = ("qualification__person", "qualification__project")
    search_fields = ("qualification__person__pseudonym", "qualification__person__profile__name")
