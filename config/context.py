"""What every page's template needs to know."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.access import roles_of
from config.navigation import layout_for, navigation_for


def page(request: HttpRequest) -> dict[str, object]:
    """Return the visitor's roles, their navigation and frame, the server's clock, and whether this is a demo."""
    roles = roles_of(request.user) if hasattr(request, "user") else frozenset()
    now = timezone.now()
    return {
        "roles": roles,
        "navigation": navigation_for(request, roles=roles),
        "layout": layout_for(roles),
        "server_now": now,
        "server_clock": now.isoformat(),
        "is_demo": settings.DEBUG,
    }
