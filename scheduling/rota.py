"""The rota: who of the staff accompanies which slot. Rules: R-19, R-20."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import occupancy, waiting_offers
from scheduling.models import (
    Booking,
    Occupancy,
    OccupancyKind,
    Project,
    Shift,
    ShiftEvent,
    ShiftStatus,
    Slot,
    SlotStatus,
    StudioStaff,
)
from scheduling.retries import retried

MOVES: dict[str, frozenset[str]] = {
    ShiftStatus.ASSIGNED: frozenset({ShiftStatus.WITHDRAWN}),
    ShiftStatus.WITHDRAWN: frozenset(),
}


class RotaRefused(ValidationError):
    """Codes: "closed", "past", "not_staff", "already", "elsewhere", "takes_part", "taken", "moved"."""


def assign_staff(slot: Slot, *, person: User, by: User, now: datetime) -> Shift:
    """
    Put the person on the slot's rota and take their time; a slot that is staffed by it is offered to its line.

    Raise RotaRefused: "closed", "past", "not_staff" (does not work in this
    studio), "already", "elsewhere" (another slot at that time), "takes_part" (is
    in a session then), "taken" (somebody was faster). Locks the slot row, then
    writes occupancy. Rules: R-19, R-20.
    """
    try:
        return _assign_staff(slot.pk, person=person, by=by, now=now)
    except occupancy.AlreadyTaken as error:
        # The unique row spoke: between the look and the claim the person was put somewhere else.
        raise RotaRefused(
            _("%(person)s was taken for this time a moment ago. Choose somebody else."),
            code="taken",
            params={"person": person},
        ) from error


@retried
@transaction.atomic
def _assign_staff(slot_id: int, *, person: User, by: User, now: datetime) -> Shift:
    slot = Slot.objects.select_for_update(of=("self",), no_key=True).select_related("booth").get(pk=slot_id)
    waiting_offers.lock_line([slot_id], project_id=slot.project_id)
    _check_slot(slot, now=now)
    _check_person(person, slot=slot)
    shift = Shift.objects.create(slot=slot, person=person)
    ShiftEvent.objects.create(shift=shift, new=shift.status, by=by, at=now)
    occupancy.claim_shift(shift, slot=slot)
    waiting_offers.offer_freed_slot(slot_id, now=now)
    return shift


def _check_slot(slot: Slot, *, now: datetime) -> None:
    if slot.status == SlotStatus.CLOSED:
        raise RotaRefused(_("This slot is closed. Open it first."), code="closed")
    if slot.ends_at <= now:
        raise RotaRefused(_("This slot is over. Its rota cannot change."), code="past")


def _check_person(person: User, *, slot: Slot) -> None:
    """Refuse a person who does not work here, or who is somewhere else at that time."""
    params = {"person": person}
    works_here = StudioStaff.objects.filter(studio=slot.booth.studio_id, person=person)
    if not person.is_active or not works_here.exists():
        raise RotaRefused(
            _("%(person)s is not on the staff of this studio. Add them to the studio first."),
            code="not_staff",
            params=params,
        )
    if Shift.objects.filter(slot=slot, person=person, status=ShiftStatus.ASSIGNED).exists():
        raise RotaRefused(_("%(person)s is on this rota already."), code="already", params=params)
    taken = Occupancy.objects.filter(
        kind=OccupancyKind.PERSON,
        resource_id=person.pk,
        tick__in=occupancy.ticks_between(slot.starts_at, slot.ends_at),
    ).first()
    if taken is None:
        return
    if taken.booking_id:
        raise RotaRefused(
            _("%(person)s takes part in a session at this time. Choose somebody else."),
            code="takes_part",
            params=params,
        )
    raise RotaRefused(
        _("%(person)s is on another rota at this time. Choose somebody else."),
        code="elsewhere",
        params=params,
    )


@retried
@transaction.atomic
def withdraw_shift(shift: Shift, *, by: User, now: datetime, reason: str) -> None:
    """
    Take the person off the rota and free their time.

    A booked slot may be left with too few: the event says so to whoever reads
    `understaffed`. Raise RotaRefused: "past" once the slot is over, "moved" when
    withdrawn already. Locks the slot row. Rule: R-19.
    """
    slot = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=shift.slot_id)
    if slot.ends_at <= now:
        raise RotaRefused(_("This slot is over. Its rota cannot change."), code="past")
    move_shift(shift, ShiftStatus.WITHDRAWN, by=by, now=now, reason=reason)
    occupancy.release_shift(shift)


def clear_rota(slot: Slot, *, by: User, now: datetime, reason: str) -> None:
    """Take everybody off the rota of a slot that the caller has locked."""
    for shift in Shift.objects.filter(slot=slot, status=ShiftStatus.ASSIGNED):
        move_shift(shift, ShiftStatus.WITHDRAWN, by=by, now=now, reason=reason)
        occupancy.release_shift(shift)


@transaction.atomic
def move_shift(shift: Shift, new: str, *, by: User | None, now: datetime, reason: str) -> None:
    """Move the shift and write its event. Raise RotaRefused(code="moved") when it cannot go there."""
    old = shift.status
    if new not in MOVES[old] or not Shift.objects.filter(pk=shift.pk, status=old).update(status=new):
        raise RotaRefused(_("This shift was withdrawn already."), code="moved")
    shift.status = new
    ShiftEvent.objects.create(shift=shift, old=old, new=new, by=by, at=now, reason=reason.strip())


def staff_count() -> Coalesce:
    """Return the expression that counts the people on each slot's rota, to annotate slots with in the same query."""
    counts = (
        Shift.objects.filter(slot=OuterRef("pk"), status=ShiftStatus.ASSIGNED)
        .order_by()
        .values("slot")
        .annotate(people=Count("pk"))
        .values("people")
    )
    return Coalesce(Subquery(counts), 0)


def staff_counts(slots: Iterable[Slot]) -> dict[int, int]:
    """Return how many people are on the rota of each slot, by slot id; one query."""
    counts = {slot.pk: 0 for slot in slots}
    assigned = Shift.objects.filter(slot__in=counts, status=ShiftStatus.ASSIGNED)
    counts.update(assigned.order_by().values_list("slot").annotate(people=Count("pk")))
    return counts


def is_staffed(slot: Slot, *, project: Project) -> bool:
    """Return whether enough people are on the slot's rota to book it. Rule: R-19."""
    return Shift.objects.filter(slot=slot, status=ShiftStatus.ASSIGNED).count() >= project.min_staff


def understaffed(*, now: datetime) -> QuerySet[Slot]:
    """Return the slots that somebody has booked and whose rota is too short, not yet over. Rule: R-19."""
    booked = Booking.objects.unfinished(now=now).filter(slot=OuterRef("pk"))
    slots = Slot.objects.filter(Exists(booked), ends_at__gt=now).annotate(staff_count=staff_count())
    return slots.filter(staff_count__lt=F("project__min_staff")).order_by("starts_at", "pk")


def candidates(slot: Slot) -> tuple[list[User], list[User]]:
    """Return the studio's staff who are not on this rota yet: those free at its time, and those who are not."""
    on_it = Shift.objects.filter(slot=slot, person=OuterRef("pk"), status=ShiftStatus.ASSIGNED)
    works_here = User.objects.filter(~Exists(on_it), is_active=True, studios__studio=slot.booth.studio_id)
    people = list(works_here.select_related("profile").order_by("profile__name", "pk"))
    taken = set(
        Occupancy.objects.filter(
            kind=OccupancyKind.PERSON,
            resource_id__in=[person.pk for person in people],
            tick__in=list(occupancy.ticks_between(slot.starts_at, slot.ends_at)),
        ).values_list("resource_id", flat=True)
    )
    return [one for one in people if one.pk not in taken], [one for one in people if one.pk in taken]
