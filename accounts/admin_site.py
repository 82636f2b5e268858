"""The administration: who may open it, and the base of its pages that only show."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.access import Role, has_role, is_second_factor_due, redirect_to_second_factor


class AdministrationSite(admin.AdminSite):
    """Django's admin for administrators who have shown their second factor, and for nobody else."""

    site_title = "Duologue"
    site_header = _("Duologue administration")
    index_title = _("All records")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        is_administrator = request.user.is_active and has_role(request.user, Role.ADMINISTRATOR)
        return is_administrator and not is_second_factor_due(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send visitors to our own sign-in; there is no password form. Others get 403."""
        wanted = request.GET.get("next", request.path)
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if is_second_factor_due(request):
            return redirect_to_second_factor(request)
        raise PermissionDenied


class ReadOnlyAdmin(admin.ModelAdmin):
    """
    Show rows and change none: they are written by rules alone, or never change at all.

    The newest row is on top by its key: the one order that every table has an index for.
    For the same reason no list has a `date_hierarchy`, which reads the whole table at each request.
    `heavy` names columns of kilobytes that a list does not show and so does not read.
    """

    actions_on_top = True
    show_full_result_count = False
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    heavy: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*self.heavy)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
