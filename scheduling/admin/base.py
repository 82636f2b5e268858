"""What the pages of the administration share."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.admin_site import ReadOnlyAdmin

CHANGE_FIELDS = ("at", "old", "new", "by", "reason")


class LogInline(admin.TabularInline):
    """Rows below the thing they belong to, to be looked at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EventAdmin(ReadOnlyAdmin):
    """A log: newest first, never changed."""

    list_filter = ("new", "at")


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
