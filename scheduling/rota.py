"""The rota: who of the staff accompanies which slot. Rules: R-19, R-20."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import occupancy, waiting_offers
from scheduling.escalations import lapse_escalation, open_escalation, settle_escalation
from scheduling.models import (
    Booking,
    Occupancy,
    OccupancyKind,
    OpenSeat,
    Project,
    Shift,
    ShiftEvent,
    ShiftStatus,
    Slot,
    SlotStatus,
    StudioStaff,
    SwapRequest,
)
from scheduling.retries import retried
from scheduling.rota_facts import name_of, place_of, read_workers
from scheduling.rota_values import find_obstacles
from scheduling.swap_moves import lapse_swaps
from scheduling.working_times import lock_terms

MOVES: dict[str, frozenset[str]] = {
    ShiftStatus.ASSIGNED: frozenset({ShiftStatus.WITHDRAWN}),
    ShiftStatus.WITHDRAWN: frozenset(),
}


# What a manager may overrule, with a reason.
DOUBTS = {
    "unavailable": _("%(person)s cannot come at that time."),
    "over_day": _("%(person)s has as many shifts that day as they may have."),
    "over_week": _("%(person)s has as many shifts that week as they may have."),
    "pause": _("%(person)s has another shift too close before or after."),
    "travel": _("%(person)s would not have the time for the way from or to another studio."),
}


# Asked for the name only when a refusal is read.
_named = lazy(name_of, str)


class RotaRefused(ValidationError):
    """
    Codes: "closed", "past", "not_staff", "already", "elsewhere", "takes_part", "taken",
    "full", "not_yours", "reason", "moved".
    """


class RotaDoubtful(RotaRefused):
    """
    Something speaks against the person, which a manager may overrule with a reason.

    Codes: "unavailable", "over_day", "over_week", "pause", "travel". `codes` holds all that apply.
    """

    def __init__(self, codes: list[str], *, person: User) -> None:
        words = format_lazy("{} {}", DOUBTS[codes[0]], _("Write a reason to put them on all the same."))
        super().__init__(words, code=codes[0], params={"person": _named(person)})
        self.codes = codes


def assign_staff(
    slot: Slot, *, person: User, by: User, now: datetime, reason: str = "", is_proposed: bool = False
) -> Shift:
    """
    Put the person on the slot's rota and take their time; a slot that is staffed by it is offered to its line.

    Raise RotaRefused: "closed", "past", "not_staff" (does not work in this
    studio), "already", "elsewhere" (another slot at that time), "takes_part" (is
    in a session then), "taken" (somebody was faster), "full" (proposed, but the slot has its people by now).
    Raise RotaDoubtful when limits, the way, or what the person said speaks against it and there is no
    `reason`, which is kept. Locks the slot row and its line, then the person's terms, then writes
    occupancy. Rules: R-19, R-20, R-24.
    """
    try:
        return _assign_staff(slot.pk, person=person, by=by, now=now, reason=reason, is_proposed=is_proposed)
    except occupancy.AlreadyTaken as error:
        # The unique row spoke: between the look and the claim the person was put somewhere else.
        raise RotaRefused(
            _("%(person)s was taken for this time a moment ago. Choose somebody else."),
            code="taken",
            params={"person": _named(person)},
        ) from error


@retried
@transaction.atomic
def _assign_staff(
    slot_id: int, *, person: User, by: User, now: datetime, reason: str, is_proposed: bool
) -> Shift:
    slot = lock_slots([slot_id])[slot_id]
    waiting_offers.lock_line([slot_id], project_id=slot.project_id)
    check_slot(slot, now=now)
    if is_proposed and is_staffed(slot, project=slot.project):
        raise RotaRefused(_("The slot has its people by now."), code="full")
    lock_terms([person.pk])
    check_person(person, slot=slot)
    if not reason.strip():
        check_doubts(person, slot=slot)
    shift = add_shift(person, slot=slot, by=by, now=now, reason=reason)
    waiting_offers.offer_freed_slot(slot_id, now=now)
    return shift


def lock_slots(slot_ids: Iterable[int]) -> dict[int, Slot]:
    """Lock the slots by primary key; return them with their project, booth, studio and city."""
    rows = Slot.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(slot_ids))
    return {slot.pk: slot for slot in rows.select_related("project", "booth__studio__city").order_by("pk")}


def add_shift(person: User, *, slot: Slot, by: User, now: datetime, reason: str = "") -> Shift:
    """Write the shift, its event and its occupancy; the caller has locked the slot and looked at everything."""
    shift = Shift.objects.create(slot=slot, person=person)
    ShiftEvent.objects.create(shift=shift, new=shift.status, by=by, at=now, reason=reason.strip())
    occupancy.claim_shift(shift, slot=slot)
    settle_escalation(slot, by=by, now=now)
    return shift


def check_doubts(person: User, *, slot: Slot, but: Collection[str] = ()) -> None:
    """Raise RotaDoubtful when limits, the way, or what the person said speaks against the slot; `but` these codes."""
    place = place_of(slot)
    [worker] = read_workers([person], [place])
    if codes := [code for code in find_obstacles(worker, place) if code in DOUBTS and code not in but]:
        raise RotaDoubtful(codes, person=person)


def check_slot(slot: Slot, *, now: datetime) -> None:
    """Raise RotaRefused: "closed", "past" once the slot is over."""
    if slot.status == SlotStatus.CLOSED:
        raise RotaRefused(_("This slot is closed. Open it first."), code="closed")
    check_slot_lasts(slot, now=now)


def check_slot_lasts(slot: Slot, *, now: datetime) -> None:
    """Raise RotaRefused(code="past") once the slot is over."""
    if slot.ends_at <= now:
        raise RotaRefused(_("This slot is over. Its rota cannot change."), code="past")


def check_person(person: User, *, slot: Slot) -> None:
    """Refuse a person who does not work here, or who is somewhere else at that time."""
    params = {"person": _named(person)}
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
    if taken.shift_id is None:
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

    A booked slot that is left with too few is an escalation: every manager is told.
    Raise RotaRefused: "past" once the slot is over, "moved" when
    withdrawn already. Locks the slot row. Rule: R-19.
    """
    slot = lock_slots([shift.slot_id])[shift.slot_id]
    check_slot_lasts(slot, now=now)
    end_shift(shift, by=by, now=now, reason=reason)
    if understaffed(now=now).filter(pk=slot.pk).exists():
        open_escalation(slot, by=by, now=now, reason=reason, fell_out=shift)


@retried
@transaction.atomic
def report_absence(shift: Shift, *, by: User, now: datetime, reason: str) -> None:
    """
    Let a member of staff say that they cannot come: they are off the rota, every manager is told at once.

    Raise RotaRefused: "not_yours", "reason" without one, "past", "moved". Locks the slot row. Rule: R-19.
    """
    if shift.person_id != by.pk:
        raise RotaRefused(_("This is not your shift."), code="not_yours")
    if not reason.strip():
        raise RotaRefused(_("Write why you cannot come: the managers read it."), code="reason")
    slot = lock_slots([shift.slot_id])[shift.slot_id]
    check_slot_lasts(slot, now=now)
    end_shift(shift, by=by, now=now, reason=reason)
    if slot.status == SlotStatus.OPEN and not is_staffed(slot, project=slot.project):
        open_escalation(slot, by=by, now=now, reason=reason, fell_out=shift)


def clear_rota(slot: Slot, *, by: User, now: datetime, reason: str) -> None:
    """Take everybody off the rota of a slot that the caller has locked and closed."""
    for shift in Shift.objects.filter(slot=slot, status=ShiftStatus.ASSIGNED):
        end_shift(shift, by=by, now=now, reason=reason)
    lapse_escalation(slot, by=by, now=now)


def end_shift(shift: Shift, *, by: User, now: datetime, reason: str, swap: SwapRequest | None = None) -> None:
    """Withdraw the shift, free the person's time, and end the requests about it but `swap`; the slot is locked."""
    move_shift(shift, ShiftStatus.WITHDRAWN, by=by, now=now, reason=reason)
    occupancy.release_shift(shift)
    lapse_swaps(shift, by=by, now=now, keep=swap)


@transaction.atomic
def move_shift(shift: Shift, new: str, *, by: User | None, now: datetime, reason: str) -> None:
    """Move the shift and write its event. Raise RotaRefused(code="moved") when it cannot go there."""
    old = shift.status
    if new not in MOVES[old] or not Shift.objects.filter(pk=shift.pk, status=old).update(status=new):
        raise RotaRefused(_("This shift was withdrawn already."), code="moved")
    shift.status = new
    ShiftEvent.objects.create(shift=shift, old=old, new=new, by=by, at=now, reason=reason.strip())


def staff_count(*, slot: str = "pk") -> Coalesce:
    """
    Return the expression that counts the people on each slot's rota, to annotate in the same query.

    `slot` is the name under which the annotated row knows the slot.
    """
    counts = (
        Shift.objects.filter(slot=OuterRef(slot), status=ShiftStatus.ASSIGNED)
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
    """Return the slots, booked or taken alone, whose rota is too short and that are not yet over. Rule: R-19."""
    booked = Booking.objects.unfinished(now=now).order_by().values("slot")
    taken = booked.union(OpenSeat.objects.standing().order_by().values("slot"))
    slots = Slot.objects.filter(pk__in=taken, ends_at__gt=now).annotate(staff_count=staff_count())
    return slots.filter(staff_count__lt=F("project__min_staff")).order_by("starts_at", "pk")
