"""Blackouts, exceptions of weekly templates and public days in the administration."""

from django.contrib import admin

from accounts.admin_site import ReadOnlyAdmin
from scheduling.models import Blackout, PublicDay, TemplateException


@admin.register(Blackout)
class BlackoutAdmin(ReadOnlyAdmin):
    """Blackouts; they are declared and lifted on the managers' page, which says whom they hurt."""

    list_display = ("from_on", "to_on", "city", "studio", "booth", "reason", "lifted_at")
    list_filter = ("city", "studio", "from_on")
    list_select_related = ("city", "studio", "booth__studio")
    search_fields = ("reason", "studio__name", "booth__name")


@admin.register(TemplateException)
class TemplateExceptionAdmin(ReadOnlyAdmin):
    """Days on which a weekly template does something else."""

    list_display = ("on", "kind", "starts_time", "template", "reason")
    list_filter = ("kind", "on")
    list_select_related = ("template__booth__studio",)
    search_fields = ("reason", "template__booth__name", "template__booth__studio__name")


@admin.register(PublicDay)
class PublicDayAdmin(admin.ModelAdmin):
    """What a day is in mainland China where the package of holidays does not know it yet, or has it wrong: a hint."""

    list_display = ("on", "kind", "name", "name_zh")
    list_filter = ("kind",)
    search_fields = ("name", "name_zh")
