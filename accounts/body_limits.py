"""
How large a request's body may be. Every view takes a form; one that takes files says how large they are.

`config.middleware.BodyLimitMiddleware` asks here before anything reads the body.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.access import View, has_role, is_second_factor_due

FORM_BYTES = 2 * 1024 * 1024
# What surrounds a file in a form: its other fields, the token, the boundaries.
AROUND_FILE_BYTES = 1024 * 1024


def takes_files(most: int | str) -> Callable[[View], View]:
    """Mark a view behind `role_required` that takes a file of `most` bytes, or of the setting of that name."""

    def mark(view: View) -> View:
        view.largest_file = most  # type: ignore[attr-defined]
        return view

    return mark


def body_limit_of(view: Callable[..., Any], *, request: HttpRequest) -> int:
    """Return the most bytes that the view takes from this person; files only from those it is open to."""
    most = getattr(view, "largest_file", 0)
    if not most or not has_role(request.user, *getattr(view, "roles", ())) or is_second_factor_due(request):
        return FORM_BYTES
    return (getattr(settings, most) if isinstance(most, str) else most) + AROUND_FILE_BYTES
