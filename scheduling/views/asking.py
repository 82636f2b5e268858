"""What pages that change a plan share: whom the manager ticked, and what became of asking them."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import ngettext

from scheduling.move_requests import Asked


def keys_of(values: Iterable[str]) -> set[int]:
    """Return the keys among the values of a form; anything else names nobody."""
    return {int(value) for value in values if value.isdecimal() and len(value) < 19}


def tell_of_asking(request: HttpRequest, asked: Asked) -> None:
    """Say how many pairs were asked to move, and of each that could not be asked why."""
    if asked.requests:
        words = ngettext(
            "%(count)d pair is asked to move.", "%(count)d pairs are asked to move.", len(asked.requests)
        )
        messages.success(request, words % {"count": len(asked.requests)})
    for booking, reason in asked.refused:
        messages.warning(request, f"#{booking.pk}: {reason}")
