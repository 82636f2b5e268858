"""A page that is the same for all who have the same roles: kept a minute, with each one's own token in it."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.core.cache import caches
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import get_language

from accounts.access import PersonRequest, roles_of

KEPT_S = 60
Made = TypeVar("Made")


def make_mark() -> str:
    """Return what stands in a kept page where something else goes; nobody's words can hold it."""
    return f"alike{secrets.token_hex(16)}"


TOKEN, PSEUDONYM, CLOCK = make_mark(), make_mark(), make_mark()


class Anybody:
    """The person in a page that is not made for one."""

    is_authenticated = True

    def __str__(self) -> str:
        return PSEUDONYM


def render_alike(
    request: PersonRequest,
    template: str,
    context: Callable[[], dict[str, Any]],
    *,
    name: str,
    parts: Mapping[str, str],
) -> str:
    """
    Return the page, rendered anew only when it was not asked for within the last minute by `name`, language and roles.

    The name must change with whatever the page shows. The context is asked for when it is
    rendered, and must say nothing about the person. `parts` are the marks in it and what goes there.
    """

    def render() -> str:
        shared = {"csrf_token": TOKEN, "user": Anybody(), "server_clock": CLOCK, "messages": ()}
        return render_to_string(template, context() | shared, request)

    page = keep(f"{name}:{':'.join(sorted(roles_of(request.user)))}", render)
    own = {
        **parts,
        TOKEN: get_token(request),
        PSEUDONYM: escape(str(request.user)),
        CLOCK: timezone.now().isoformat(),
    }
    for mark, words in own.items():
        page = page.replace(mark, words)
    return page


def keep(name: str, make: Callable[[], Made], *, seconds: int = KEPT_S) -> Made:
    """Return what was made by this name in this language and process within the last seconds, or make it."""
    key = f"{name}:{get_language()}"
    kept: Made | None = caches["process"].get(key)
    if kept is None:
        kept = make()
        caches["process"].set(key, kept, seconds)
    return kept
