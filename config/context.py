"""What every page's template needs to know."""

from django.conf import settings
from django.http import HttpRequest

from accounts.access import roles_of


def page(request: HttpRequest) -> dict[str, object]:
    """Return the visitor's roles (for the navigation) and whether this is a demo."""
    return {"roles": roles_of(request.user), "is_demo": settings.DEBUG}
