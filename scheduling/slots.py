"""Slots: made from weekly templates or by hand, opened and closed. Rule: R-18."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import plan_days, plans, rota, timetable
from scheduling.blackout_days import find_blackout
from scheduling.models import (
    Booking,
    Booth,
    OpenSeat,
    Project,
    Shift,
    ShiftStatus,
    Slot,
    SlotEvent,
    SlotStatus,
)
from scheduling.plans import PlannedSlot, plan_slots, zone_of
from scheduling.retries import retried
from scheduling.weekly import SlotRefused, create_template, create_templates, end_template

__all__ = [
    "PlannedSlot",
    "SlotRefused",
    "add_slot",
    "close_free_slots",
    "close_slot",
    "create_template",
    "create_templates",
    "end_template",
    "open_slot",
    "plan_slots",
    "publish_slots",
    "zone_of",
]

MOVES: dict[str, frozenset[str]] = {
    SlotStatus.OPEN: frozenset({SlotStatus.CLOSED}),
    SlotStatus.CLOSED: frozenset({SlotStatus.OPEN}),
}


@retried
@transaction.atomic
def add_slot(project: Project, *, booth: Booth, starts_at: datetime, by: User, now: datetime) -> Slot:
    """
    Return a new open slot of the project's length in the booth.

    Raise SlotRefused: "grid" (not a full or half hour), "past", "midnight" (goes on into
    the next day), "booth_closed", "blackout", "exists" (a closed slot begins then),
    "overlap" (nearer to another slot of the booth than the turnover). Locks the
    booth row. Rule: R-18.
    """
    if not timetable.is_on_grid(starts_at):
        raise SlotRefused(_("Slots begin at a full or half hour."), code="grid")
    if starts_at <= now:
        raise SlotRefused(_("This time is past. Choose a later one."), code="past")
    booth = _lock_booth(booth.pk)
    if not (booth.is_open and booth.studio.is_open):
        raise SlotRefused(_("This booth is closed. Open it first."), code="booth_closed")
    span = (starts_at, starts_at + timedelta(minutes=project.slot_minutes))
    if timetable.passes_midnight(*span, zone=zone_of(booth)):
        raise SlotRefused(
            _("A slot ends on the day it begins. Choose an earlier time."),
            code="midnight",
        )
    _check_day(booth, starts_at=starts_at)
    _check_room(span, booth=booth, project=project)
    if Slot.objects.filter(booth=booth, starts_at=starts_at).exists():
        raise SlotRefused(
            _("A closed slot begins at this time. Open that one instead."),
            code="exists",
        )
    slot = Slot.objects.create(project=project, booth=booth, starts_at=span[0], ends_at=span[1])
    SlotEvent.objects.create(slot=slot, new=slot.status, by=by, at=now)
    return slot


def _lock_booth(booth_id: int) -> Booth:
    """Lock the booth's row, so that its slots are made one after the other; return it with its studio and city."""
    booths = Booth.objects.select_for_update(of=("self",), no_key=True)
    return booths.select_related("studio__city").get(pk=booth_id)


def _check_day(booth: Booth, *, starts_at: datetime) -> None:
    """Raise SlotRefused(code="blackout") when the booth makes no slots on the day."""
    blackout = find_blackout(booth, on=starts_at.astimezone(zone_of(booth)).date())
    if blackout is not None:
        raise SlotRefused(
            _("There is a blackout on this day: %(reason)s. Lift it first, or choose another day."),
            code="blackout",
            params={"reason": blackout.reason},
        )


def _check_room(span: plans.Span, *, booth: Booth, project: Project) -> None:
    """Raise SlotRefused(code="overlap") when an open slot of the booth is nearer than the turnover."""
    taken, _closed = plans.spans_of([booth.pk], *span)
    pause = timedelta(minutes=project.turnover_minutes)
    if any(timetable.spans_clash(span, other, pause=pause) for other in taken[booth.pk]):
        raise SlotRefused(
            _("Another slot of this booth is too near. Leave %(minutes)d minutes between two slots."),
            code="overlap",
            params={"minutes": project.turnover_minutes},
        )


@retried
@transaction.atomic
def publish_slots(
    *,
    project: Project,
    from_on: date,
    to_on: date,
    by: User | None,
    now: datetime,
    booth_ids: Collection[int] | None = None,
    shown: str | None = None,
) -> list[Slot]:
    """
    Make the slots that the weekly templates ask for and return the new ones.

    Publishing again makes nothing twice: a slot that exists stays as it is, closed
    or not. `shown` is the fingerprint (`plan_days.print_plan`) of the plan that somebody
    looked at: raise SlotRefused(code="changed") when it is another one now. Raise
    SlotRefused(code="range") as `plan_slots` does. Locks the booth rows by id, so
    that two who publish at once wait for each other. Rule: R-18.
    """
    booths = Booth.objects.filter(templates__project=project).values("pk")
    list(Booth.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=booths).order_by("pk"))
    planned = plan_slots(project=project, from_on=from_on, to_on=to_on, now=now, booth_ids=booth_ids)
    if shown is not None and plan_days.print_plan(planned) != shown:
        raise SlotRefused(
            _("Something has changed since you looked. Nothing was published: look again, then publish."),
            code="changed",
        )
    made = Slot.objects.bulk_create(
        Slot(
            project=project,
            booth=plan.template.booth,
            template=plan.template,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
        )
        for plan in planned
        if not plan.obstacle
    )
    SlotEvent.objects.bulk_create(SlotEvent(slot=slot, new=slot.status, by=by, at=now) for slot in made)
    return made


@retried
@transaction.atomic
def close_slot(slot: Slot, *, by: User, now: datetime, reason: str) -> None:
    """
    Take the slot off the market and free its staff.

    Raise SlotRefused: "reason" without one, "past", "moved" (closed already),
    "booked" with the two people it would hurt: their booking is cancelled or moved
    first; "seat" with who took it alone. Locks the slot row. Rule: R-18.
    """
    if not reason.strip():
        raise SlotRefused(_("Write the reason: it stays in the slot's history."), code="reason")
    locked = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    if locked.ends_at <= now:
        raise SlotRefused(_("This slot is over."), code="past")
    booking = (
        Booking.objects.live().filter(slot=locked).select_related("pair__person_a", "pair__person_b").first()
    )
    if booking is not None:
        raise SlotRefused(
            _("%(one)s and %(other)s have this slot. Move or cancel their booking first."),
            code="booked",
            params={"one": booking.pair.person_a, "other": booking.pair.person_b},
        )
    seat = OpenSeat.objects.standing().filter(slot=locked).select_related("person").first()
    if seat is not None:
        raise SlotRefused(
            _("%(person)s took this slot alone and waits for a partner. Take it back from them first."),
            code="seat",
            params={"person": seat.person},
        )
    move_slot(slot, SlotStatus.CLOSED, by=by, now=now, reason=reason)
    rota.clear_rota(locked, by=by, now=now, reason=reason)


def close_free_slots(slot_ids: Iterable[int], *, by: User, now: datetime, reason: str) -> list[Slot]:
    """
    Close those of the slots that are open, to come, and that nobody has; return them. Their staff are free.

    Called inside a transaction. Locks the slot rows by id, so that whoever takes one of
    them meanwhile was faster, and keeps it. Rule: R-18.
    """
    slots = Slot.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=list(slot_ids), status=SlotStatus.OPEN, starts_at__gt=now
    )
    locked = list(slots.order_by("pk"))
    taken = {
        *Booking.objects.live().filter(slot__in=locked).values_list("slot_id", flat=True),
        *OpenSeat.objects.standing().filter(slot__in=locked).values_list("slot_id", flat=True),
    }
    free = [slot for slot in locked if slot.pk not in taken]
    staffed = set(
        Shift.objects.filter(slot__in=free, status=ShiftStatus.ASSIGNED).values_list("slot_id", flat=True)
    )
    for slot in free:
        move_slot(slot, SlotStatus.CLOSED, by=by, now=now, reason=reason)
        if slot.pk in staffed:
            rota.clear_rota(slot, by=by, now=now, reason=reason)
    return free


@retried
@transaction.atomic
def open_slot(slot: Slot, *, by: User, now: datetime, reason: str = "") -> None:
    """
    Offer a closed slot again, its rota empty.

    Raise SlotRefused: "past", "moved", "blackout", "overlap" when another slot was made
    across it meanwhile. Locks the booth row, then the slot row. Rule: R-18.
    """
    booth = _lock_booth(slot.booth_id)
    locked = (
        Slot.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=slot.pk)
    )
    if locked.starts_at <= now:
        raise SlotRefused(_("This time is past. It cannot be offered again."), code="past")
    if locked.status == SlotStatus.CLOSED:
        _check_day(booth, starts_at=locked.starts_at)
        _check_room((locked.starts_at, locked.ends_at), booth=booth, project=locked.project)
    move_slot(slot, SlotStatus.OPEN, by=by, now=now, reason=reason)


@transaction.atomic
def move_slot(slot: Slot, new: str, *, by: User | None, now: datetime, reason: str) -> None:
    """Move the slot and write its event. Raise SlotRefused(code="moved") when it cannot go there."""
    old = slot.status
    if new not in MOVES[old] or not Slot.objects.filter(pk=slot.pk, status=old).update(status=new):
        raise SlotRefused(_("This slot was changed in the meantime. Look at it again."), code="moved")
    slot.status = new
    SlotEvent.objects.create(slot=slot, old=old, new=new, by=by, at=now, reason=reason.strip())
