"""Projects, cities, studios, booths and their staff in the administration."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from scheduling import places
from scheduling.forms import CityForm, StudioForm
from scheduling.models import Booth, City, Project, Studio, StudioStaff
from scheduling.project_forms import GROUPS, ProjectForm


class PlaceAdmin(admin.ModelAdmin):
    """What is open or closed: written by the rule that waits for those who are at its slots."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        places.save_place(obj, fields=form.changed_data if change else None, now=timezone.now())


@admin.register(Project)
class ProjectAdmin(PlaceAdmin):
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
    """The booths of a studio. One is closed on its own page."""

    model = Booth
    readonly_fields = ("is_open",)
    extra = 0
    can_delete = False


@admin.register(Studio)
class StudioAdmin(PlaceAdmin):
    form = StudioForm
    list_display = ("name", "city", "address", "is_open")
    list_filter = ("is_open", "city")
    list_select_related = ("city",)
    search_fields = ("name", "address", "city__name", "city__name_zh")
    inlines = (BoothInline,)


@admin.register(Booth)
class BoothAdmin(PlaceAdmin):
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
