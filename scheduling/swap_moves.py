"""The table of a swap request's moves, and the one function that changes its status. Rule: R-19."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import Shift, SwapEvent, SwapRequest, SwapStatus

MOVES: dict[str, frozenset[str]] = {
    SwapStatus.OPEN: frozenset(
        {
            SwapStatus.AGREED,
            SwapStatus.DONE,
            SwapStatus.DECLINED,
            SwapStatus.WITHDRAWN,
            SwapStatus.EXPIRED,
            SwapStatus.LAPSED,
        }
    ),
    SwapStatus.AGREED: frozenset(
        {
            SwapStatus.DONE,
            SwapStatus.REFUSED,
            SwapStatus.WITHDRAWN,
            SwapStatus.EXPIRED,
            SwapStatus.LAPSED,
        }
    ),
    **{status: frozenset() for status in SwapStatus if status not in (SwapStatus.OPEN, SwapStatus.AGREED)},
}


class SwapRefused(ValidationError):
    """
    A request is not made, answered or carried out.

    Codes: "not_yours", "past", "withdrawn", "open", "self", "not_staff", "wanted", "hours",
    "cannot", "expired", "reason", "moved"; of the rota: "already", "elsewhere", "takes_part",
    "over_day", "over_week", "pause", "travel".
    """


@transaction.atomic
def move_swap(
    swap: SwapRequest, new: str, *, by: User | None, now: datetime, reason: str = "", **figures: Any
) -> None:
    """Move the request, `figures` with it, and write its event. Raise SwapRefused(code="moved") when it cannot."""
    old = swap.status
    rows = SwapRequest.objects.filter(pk=swap.pk, status=old)
    if new not in MOVES[old] or not rows.update(status=new, **figures):
        raise SwapRefused(_("This request was settled meanwhile. Look at it again."), code="moved")
    swap.status = new
    for name, value in figures.items():
        setattr(swap, name, value)
    SwapEvent.objects.create(swap=swap, old=old, new=new, by=by, at=now, reason=reason.strip()[:300])


def lapse_swaps(shift: Shift, *, by: User | None, now: datetime, keep: SwapRequest | None = None) -> None:
    """
    End the requests about a shift that does not stand any more, save the one that is being carried out.

    The other shift of an exchange, whose slot is not locked here, may end in the same moment: locks the rows.
    """
    about = SwapRequest.objects.pending().filter(Q(shift=shift) | Q(wanted=shift)).order_by("pk")
    for swap in about.select_for_update(of=("self",), no_key=True):
        if swap != keep:
            move_swap(swap, SwapStatus.LAPSED, by=by, now=now)
