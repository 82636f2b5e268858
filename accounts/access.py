"""Who may do what: roles are groups, and every page asks here first. Deny by default."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ConsentRecord, User


class Role(models.TextChoices):
    """The roles of `docs/rules.md`; each is a group of the same name."""

    PARTICIPANT = "participant", _("Participant")
    REVIEWER = "reviewer", _("Reviewer")
    LEAD_REVIEWER = "lead_reviewer", _("Lead reviewer")
    OPERATOR = "operator", _("Operator")
    MANAGER = "manager", _("Manager")
    FINANCE = "finance", _("Finance")
    ADMINISTRATOR = "administrator", _("Administrator")


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class PersonRequest(HttpRequest):
    """The request of somebody signed in: what views behind `role_required` or `login_required` get."""

    user: User


STAFF_ROLES = frozenset(Role.values) - {Role.PARTICIPANT}


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """Return the names of the user's roles; read once per user object (one query)."""
    if not user.is_authenticated:
        return frozenset()
    if user.known_roles is None:
        user.known_roles = frozenset(user.groups.values_list("name", flat=True))
    return user.known_roles


def has_role(user: User | AnonymousUser, *roles: str) -> bool:
    """Return whether the user has at least one of `roles`."""
    return not roles_of(user).isdisjoint(roles)


def is_staff_member(user: User | AnonymousUser) -> bool:
    """Return whether the user has any role besides participant."""
    return has_role(user, *STAFF_ROLES)


def role_required(*roles: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """
    Let a view be opened only by people with one of `roles`.

    A visitor is sent to sign in; somebody with another role gets 403; staff who
    signed in without their second factor are sent to it first.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not has_role(request.user, *roles):
                raise PermissionDenied
            if is_second_factor_due(request):
                return redirect_to_second_factor(request)
            return view(request, *args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return decorate


def needs_second_factor(user: User | AnonymousUser) -> bool:
    """Return whether this user must show a second factor before any page but a few. Source: ASVS 6.3."""
    return settings.STAFF_SECOND_FACTOR and is_staff_member(user)


def was_second_factor_shown(request: HttpRequest) -> bool:
    """Return whether the second factor was shown in this session (no query)."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def is_second_factor_due(request: HttpRequest) -> bool:
    """Return whether the user is staff who has not shown the second factor in this session."""
    return not was_second_factor_shown(request) and needs_second_factor(request.user)


def redirect_to_second_factor(request: HttpRequest) -> HttpResponse:
    """Send the user to the second factor and, after it, to where they wanted to go."""
    return redirect_to_login(request.get_full_path(), login_url=reverse("accounts:second_factor"))


def open_without_second_factor(view: View) -> View:
    """Mark a view that staff may open before the second factor; all others are closed until it is shown."""
    view.open_without_second_factor = True  # type: ignore[attr-defined]
    return view


def get_consent_record(person: User | AnonymousUser, record_id: int) -> ConsentRecord:
    """Return one consent row of the person's own. Raise Http404 for anybody else's."""
    own = ConsentRecord.objects.select_related("notice", "person")
    return get_object_or_404(own, pk=record_id, person_id=person.pk)
