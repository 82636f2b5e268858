"""Blackouts: days on which a booth, a studio, a city or the whole house makes no slots. Rule: R-18."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.blackout_days import Place, in_place, slots_of_days
from scheduling.disruptions import Disruption, find_disruption
from scheduling.models import Blackout, Booth, City, Slot, Studio
from scheduling.retries import retried
from scheduling.slots import close_free_slots

# A booth that is shut for longer than a year is closed, not blacked out.
MAX_DAYS = 366
# So many slots are locked and closed in one transaction: nobody else waits longer than that.
BATCH = 100


class BlackoutRefused(ValidationError):
    """Codes: "range", "past", "reason", "lifted"."""


@dataclass(frozen=True)
class Declared:
    """What a blackout did: the free slots it closed, and the booked ones it left alone."""

    blackout: Blackout
    closed: list[Slot]
    left: Disruption


def foresee_blackout(place: Place, *, from_on: date, to_on: date, now: datetime) -> Disruption:
    """
    Return the open slots of those days, free and booked, that a blackout would concern. Nothing is written.

    Raise BlackoutRefused: "range" (ends before it begins, or is too long), "past". Rule: R-18.
    """
    _check_days(place, from_on=from_on, to_on=to_on, now=now)
    return find_disruption(slots_of_days(place, from_on=from_on, to_on=to_on, now=now))


def declare_blackout(
    place: Place,
    *,
    from_on: date,
    to_on: date,
    reason: str,
    closes_free: bool,
    by: User,
    now: datetime,
) -> Declared:
    """
    Let no slots be made in the place on these days, both included; close the free ones there are, if wished.

    What somebody has booked stays as it is: `left` says whom it hurts. The blackout stands
    before the first slot is closed, and slots are closed a hundred at a time: what is left
    open when this dies half way, `close_free_of` closes. Declared again in the same words, it
    is the same blackout. Raise BlackoutRefused: "range", "past", "reason" without one. Locks
    the booth rows by id, so that nobody publishes into it meanwhile; then, without them, the
    slot rows by id. Rule: R-18.
    """
    if not reason.strip():
        raise BlackoutRefused(_("Write the reason: it stands beside the days that are empty."), code="reason")
    _check_days(place, from_on=from_on, to_on=to_on, now=now)
    blackout = _write(place, from_on=from_on, to_on=to_on, reason=reason.strip(), by=by, now=now)
    slots = slots_of_days(place, from_on=from_on, to_on=to_on, now=now)
    closed = _close_free(slots, by=by, now=now, reason=blackout.reason) if closes_free else []
    gone = {slot.pk for slot in closed}
    return Declared(blackout, closed, find_disruption(slot for slot in slots if slot.pk not in gone))


@retried
@transaction.atomic
def _write(place: Place, *, from_on: date, to_on: date, reason: str, by: User, now: datetime) -> Blackout:
    """Write the blackout under the locks of its booths; return the one that stands when it was written before."""
    booths = Booth.objects.filter(in_place(place)).order_by("pk")
    list(booths.select_for_update(of=("self",), no_key=True))
    blackout, _is_new = Blackout.objects.standing().get_or_create(
        city=place if isinstance(place, City) else None,
        studio=place if isinstance(place, Studio) else None,
        booth=place if isinstance(place, Booth) else None,
        from_on=from_on,
        to_on=to_on,
        reason=reason,
        made_by=by,
        defaults={"made_at": now},
    )
    return blackout


def close_free_of(blackout: Blackout, *, by: User, now: datetime) -> list[Slot]:
    """
    Close the free slots that are open still on the days of the blackout; return them.

    A hundred at a time, each hundred in a transaction of its own that locks the slot rows by
    id; again does no harm. Raise BlackoutRefused(code="lifted"). Rule: R-18.
    """
    if not Blackout.objects.standing().filter(pk=blackout.pk).exists():
        raise BlackoutRefused(_("This blackout was lifted already."), code="lifted")
    slots = slots_of_days(blackout.place, from_on=blackout.from_on, to_on=blackout.to_on, now=now)
    return _close_free(slots, by=by, now=now, reason=blackout.reason)


def _close_free(slots: Sequence[Slot], *, by: User, now: datetime, reason: str) -> list[Slot]:
    closed: list[Slot] = []
    for at in range(0, len(slots), BATCH):
        some = [slot.pk for slot in slots[at : at + BATCH]]
        closed += _close_batch(some, by=by, now=now, reason=reason)
    return closed


@retried
@transaction.atomic
def _close_batch(slot_ids: Collection[int], *, by: User, now: datetime, reason: str) -> list[Slot]:
    return close_free_slots(slot_ids, by=by, now=now, reason=reason)


def lift_blackout(blackout: Blackout, *, by: User, now: datetime) -> None:
    """
    Let slots be made in the place again. Slots that were closed stay closed until somebody opens them.

    Raise BlackoutRefused(code="lifted") when somebody has lifted it already. Rule: R-18.
    """
    if not Blackout.objects.standing().filter(pk=blackout.pk).update(lifted_by=by, lifted_at=now):
        raise BlackoutRefused(_("This blackout was lifted already."), code="lifted")


def _check_days(place: Place, *, from_on: date, to_on: date, now: datetime) -> None:
    if not 0 <= (to_on - from_on).days < MAX_DAYS:
        raise BlackoutRefused(
            _("Choose a first and a last day, at most %(days)d days apart."),
            code="range",
            params={"days": MAX_DAYS},
        )
    if to_on < _today_in(place, now=now):
        raise BlackoutRefused(_("These days are past. Choose later ones."), code="past")


def _today_in(place: Place, *, now: datetime) -> date:
    """Return the day it is in the place; everywhere, the day of the house, which a westward city may be behind."""
    if place is None:
        return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date() - timedelta(days=1)
    city = place if isinstance(place, City) else (place.studio if isinstance(place, Booth) else place).city
    return now.astimezone(ZoneInfo(city.timezone)).date()
