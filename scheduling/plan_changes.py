"""Changes of the plan that concern people: blackouts, ends of weekly templates, and whom to ask to move. Rule: R-18."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import blackouts, weekly
from scheduling.blackout_days import Place
from scheduling.blackouts import Declared
from scheduling.disruptions import Disruption, find_disruption
from scheduling.models import Booking, Booth, Slot, SlotStatus, SlotTemplate
from scheduling.move_requests import Asked, ask_each
from scheduling.retries import retried
from scheduling.slot_days import local_day
from scheduling.slots import SlotRefused, close_free_slots


def declare_blackout(
    place: Place,
    *,
    from_on: date,
    to_on: date,
    reason: str,
    closes_free: bool,
    ask: Collection[int],
    by: User,
    now: datetime,
) -> tuple[Declared, Asked]:
    """
    Declare the blackout, then ask those of its booked sessions that are named in `ask` to move.

    Raise BlackoutRefused as `blackouts.declare_blackout`. Each pair is asked in a transaction
    of its own; whoever was not asked when this dies half way is listed on the blackout's page. Rule: R-18.
    """
    declared = blackouts.declare_blackout(
        place, from_on=from_on, to_on=to_on, reason=reason, closes_free=closes_free, by=by, now=now
    )
    asked = ask_each(named(declared.left.booked, ask=ask), reason=reason, by=by, now=now)
    return declared, asked


@dataclass(frozen=True)
class Ended:
    """What the end of a template did: the free slots it closed, who was asked to move, and what comes instead."""

    closed: list[Slot]
    left: Disruption
    asked: Asked
    successor: SlotTemplate | None


def foresee_end(template: SlotTemplate, *, on: date, now: datetime) -> Disruption:
    """
    Return the slots of the template after `on` that are open and to come, free and booked. Nothing is written.

    Raise SlotRefused(code="range") for a day before its first or after its last. Rule: R-18.
    """
    _check_last_day(template, on=on)
    return find_disruption(_slots_after(template, on=on, now=now))


def end_template(
    template: SlotTemplate,
    *,
    on: date,
    reason: str,
    ask: Collection[int],
    by: User,
    now: datetime,
    instead: tuple[int, time] | None = None,
) -> Ended:
    """
    Let `on` be the template's last day, close its free slots after it, and ask those named in `ask` to move.

    `instead` is the weekday and start of a template that follows it in the same booth.
    Nothing booked is touched: a booking that is not named in `ask` simply stays. Raise
    SlotRefused: "reason", "range", and for `instead` those of `create_template`; then
    nothing is written. Locks the booth, then the slots. Rule: R-18.
    """
    closed, left, successor = _end(template, on=on, reason=reason, by=by, now=now, instead=instead)
    asked = ask_each(named(left.booked, ask=ask), reason=reason, by=by, now=now)
    return Ended(closed, left, asked, successor)


def named(bookings: Collection[Booking], *, ask: Collection[int]) -> list[Booking]:
    """Return those of the bookings whose keys were named."""
    return [booking for booking in bookings if booking.pk in set(ask)]


@retried
@transaction.atomic
def _end(
    template: SlotTemplate,
    *,
    on: date,
    reason: str,
    by: User,
    now: datetime,
    instead: tuple[int, time] | None,
) -> tuple[list[Slot], Disruption, SlotTemplate | None]:
    if not reason.strip():
        raise SlotRefused(_("Write the reason: it stays in the slot's history."), code="reason")
    _check_last_day(template, on=on)
    Booth.objects.select_for_update(of=("self",), no_key=True).get(pk=template.booth_id)
    until = template.valid_to
    weekly.end_template(template, on=on)
    successor = None
    if instead is not None:
        successor = weekly.create_template(
            template.project,
            booth=template.booth,
            weekday=instead[0],
            starts_time=instead[1],
            valid_from=on + timedelta(days=1),
            valid_to=until,
        )
    slots = _slots_after(template, on=on, now=now)
    closed = close_free_slots([slot.pk for slot in slots], by=by, now=now, reason=reason)
    gone = {slot.pk for slot in closed}
    return closed, find_disruption(slot for slot in slots if slot.pk not in gone), successor


def _check_last_day(template: SlotTemplate, *, on: date) -> None:
    if on < template.valid_from or (template.valid_to is not None and on > template.valid_to):
        raise SlotRefused(_("Choose a day while the template is valid."), code="range")


def _slots_after(template: SlotTemplate, *, on: date, now: datetime) -> list[Slot]:
    slots = Slot.objects.filter(template=template, status=SlotStatus.OPEN, starts_at__gt=now)
    slots = slots.select_related("project", "booth__studio__city").order_by("starts_at", "pk")
    return [slot for slot in slots if local_day(slot) > on]
