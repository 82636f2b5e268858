"""The table of a waiting entry's moves, and the one function that changes its status. Rule: R-24."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import WaitingEntry, WaitingEvent, WaitingStatus

MOVES: dict[str, frozenset[str]] = {
    WaitingStatus.WAITING: frozenset(
        {
            WaitingStatus.OFFERED,
            WaitingStatus.TAKEN,
            WaitingStatus.LEFT,
            WaitingStatus.REMOVED,
            WaitingStatus.LAPSED,
        }
    ),
    # Back to waiting: what was offered could not be taken, by no fault of the pair.
    WaitingStatus.OFFERED: frozenset(
        {
            WaitingStatus.TAKEN,
            WaitingStatus.REFUSED,
            WaitingStatus.MISSED,
            WaitingStatus.REMOVED,
            WaitingStatus.WAITING,
        }
    ),
    **{
        status: frozenset()
        for status in WaitingStatus
        if status not in (WaitingStatus.WAITING, WaitingStatus.OFFERED)
    },
}


class WaitingRefused(ValidationError):
    """
    A pair is not put on a waiting list, or not taken off.

    Codes: "not_full", "yours", "same_time", "already", "enough", "list_full", "offered", "over",
    "not_yours", "reason_needed".
    """


def move_waiting(
    entry: WaitingEntry, new: WaitingStatus, *, by: User | None, at: datetime, reason: str = ""
) -> None:
    """
    Move the entry by compare-and-swap and write its event.

    Raise WaitingRefused(code="over") when it cannot go there any more. Called inside a
    transaction, under the slot's lock.
    """
    old = entry.status
    rows = WaitingEntry.objects.filter(pk=entry.pk, status=old)
    if new not in MOVES[old] or not rows.update(status=new):
        raise WaitingRefused(_("This is not on the waiting list any more."), code="over")
    entry.status = new
    WaitingEvent.objects.create(entry=entry, old=old, new=new, by=by, at=at, reason=reason.strip()[:300])
