"""
Staff hand shifts on among themselves: asking, answering, and the manager's yes where a studio wants one. Rule: R-19.

A swap changes the rota in one transaction under the locks of its slots: nobody ever sees a
slot with fewer people than before.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.apart import do_apart
from accounts.models import User
from scheduling import occupancy, rota, swap_news
from scheduling.models import Shift, ShiftStatus, Slot, StudioStaff, SwapEvent, SwapRequest, SwapStatus
from scheduling.models.swap import SwapQuerySet
from scheduling.retries import retried
from scheduling.rota_facts import name_of
from scheduling.swap_checks import (
    check_answer,
    check_asked,
    check_in_time,
    check_shift,
    check_stands,
    check_wanted,
)
from scheduling.swap_moves import SwapRefused, move_swap
from scheduling.working_times import lock_terms

# How long a request may wait for its answer, a manager's yes aside; never past the start of the first shift in it.
HOURS = (6, 24, 48, 96)
BATCH = 200
SWAPPED = gettext_noop("swapped")

__all__ = [
    "SwapRefused",
    "accept_swap",
    "approve_swap",
    "ask_swap",
    "decline_swap",
    "expire_swaps",
    "refuse_swap",
    "swaps_open_to",
    "withdraw_swap",
]


@retried
@transaction.atomic
def ask_swap(
    shift: Shift,
    *,
    asked: User | None,
    wanted: Shift | None = None,
    note: str = "",
    hours: int = 48,
    by: User,
    now: datetime,
) -> SwapRequest:
    """
    Ask a colleague, or anybody who can, to take the shift over; with `wanted` to exchange the two.

    The shift stays with the person until somebody takes it. Raise SwapRefused: "not_yours", "withdrawn", "past"
    (has begun), "hours", "self", "not_staff", "wanted" (no coming shift of the asked, or on the same
    slot), "open" (asked already). Locks the slot rows. Rule: R-19.
    """
    slots = _lock(shift, wanted)
    check_shift(shift, slot=slots[shift.slot_id], owner=by, now=now)
    if hours not in HOURS:
        raise SwapRefused(_("Choose how long the request shall wait."), code="hours")
    if asked is not None:
        check_asked(asked, slot=slots[shift.slot_id], by=by)
    if wanted is not None:
        check_wanted(wanted, shift=shift, asked=asked, slot=slots[wanted.slot_id], now=now)
    try:
        with transaction.atomic():
            swap = SwapRequest.objects.create(
                shift=shift,
                asker=by,
                asked=asked,
                wanted=wanted,
                note=note.strip(),
                made_at=now,
                expires_at=min(now + timedelta(hours=hours), *(slot.starts_at for slot in slots.values())),
            )
    except IntegrityError as error:
        raise SwapRefused(
            _("You have asked for this shift already. Take that request back first."), code="open"
        ) from error
    SwapEvent.objects.create(swap=swap, new=swap.status, by=by, at=now, reason=note.strip())
    swap_news.tell_asked(swap, slot=slots[shift.slot_id], now=now)
    return swap


@retried
@transaction.atomic
def accept_swap(swap: SwapRequest, *, by: User, now: datetime) -> None:
    """
    Take the shift over, or exchange the two: the rota changes at once, or waits for a manager's yes.

    Raise SwapRefused: "not_yours" (somebody else is asked, or does not work there), "expired", "moved",
    "withdrawn", "past"; and what hinders a person: "already", "elsewhere", "takes_part", "over_day",
    "over_week", "pause", "travel". Locks the slot rows, then the terms of both. Rules: R-19, R-20.
    """
    slots = _lock_swap(swap)
    check_answer(swap, by=by, slot=slots[swap.shift.slot_id], now=now)
    if not any(slot.booth.studio.swaps_need_approval for slot in slots.values()):
        _carry_out(swap, slots=slots, taker=by, by=by, now=now, status=SwapStatus.DONE)
        return
    _carry_out(swap, slots=slots, taker=by, by=by, now=now, status=SwapStatus.AGREED)


@retried
@transaction.atomic
def approve_swap(swap: SwapRequest, *, by: User, now: datetime, reason: str = "") -> None:
    """
    Let a swap that two have agreed on take place; with a reason in spite of limits and ways.

    Raise SwapRefused as `accept_swap` does, save "not_yours". Locks the slot rows, then the terms of both.
    """
    slots = _lock_swap(swap)
    if swap.status != SwapStatus.AGREED or swap.taker is None:
        raise SwapRefused(_("This request was settled meanwhile. Look at it again."), code="moved")
    check_in_time(swap, now=now)
    _carry_out(swap, slots=slots, taker=swap.taker, by=by, now=now, status=SwapStatus.DONE, reason=reason)


@retried
@transaction.atomic
def decline_swap(swap: SwapRequest, *, by: User, now: datetime, reason: str = "") -> None:
    """Say no to a request to oneself. Raise SwapRefused: "not_yours", "expired", "moved". Locks the slot rows."""
    slots = _lock_swap(swap)
    if swap.asked_id != by.pk:
        raise SwapRefused(_("Somebody else is asked."), code="not_yours")
    check_in_time(swap, now=now)
    move_swap(swap, SwapStatus.DECLINED, by=by, now=now, reason=reason)
    swap_news.tell_no(swap, slot=slots[swap.shift.slot_id], now=now)


@retried
@transaction.atomic
def withdraw_swap(swap: SwapRequest, *, by: User, now: datetime, reason: str = "") -> None:
    """Take one's own request back. Raise SwapRefused: "not_yours", "moved". Locks the slot rows."""
    _lock_swap(swap)
    if swap.asker_id != by.pk:
        raise SwapRefused(_("This is not your request."), code="not_yours")
    move_swap(swap, SwapStatus.WITHDRAWN, by=by, now=now, reason=reason)


@retried
@transaction.atomic
def refuse_swap(swap: SwapRequest, *, by: User, now: datetime, reason: str) -> None:
    """Let a manager refuse what two have agreed on. Raise SwapRefused: "reason", "moved". Locks the slot rows."""
    if not reason.strip():
        raise SwapRefused(_("Write why: both read it."), code="reason")
    slots = _lock_swap(swap)
    move_swap(swap, SwapStatus.REFUSED, by=by, now=now, reason=reason)
    swap_news.tell_no(swap, slot=slots[swap.shift.slot_id], now=now)


def expire_swaps(*, now: datetime) -> int:
    """End the requests whose time is over; return how many. Run every few minutes, twice does no harm."""
    keys = list(SwapRequest.objects.overdue(now=now).order_by("pk").values_list("pk", flat=True)[:BATCH])
    ended = (do_apart(partial(_expire_swap, pk, now=now), what=f"swap request {pk}") for pk in keys)
    return sum(map(bool, ended))


@retried
@transaction.atomic
def _expire_swap(swap_id: int, *, now: datetime) -> bool:
    swap = SwapRequest.objects.select_related("shift", "wanted", "asker").get(pk=swap_id)
    slots = _lock_swap(swap)
    if swap.status not in (SwapStatus.OPEN, SwapStatus.AGREED):
        return False
    move_swap(swap, SwapStatus.EXPIRED, by=None, now=now)
    swap_news.tell_no(swap, slot=slots[swap.shift.slot_id], now=now)
    return True


def swaps_open_to(person: User, *, now: datetime) -> SwapQuerySet:
    """Return the requests that the person may answer: to them, or to anybody in a studio of theirs."""
    works_there = StudioStaff.objects.filter(person=person, studio=OuterRef("shift__slot__booth__studio"))
    on_it = Shift.objects.filter(slot=OuterRef("shift__slot"), person=person, status=ShiftStatus.ASSIGNED)
    to_anybody = Q(asked=None) & ~Q(asker=person) & Exists(works_there) & ~Exists(on_it)
    waiting = SwapRequest.objects.filter(Q(asked=person) | to_anybody, status=SwapStatus.OPEN)
    return waiting.filter(expires_at__gt=now).order_by("shift__slot__starts_at", "pk")


def _lock(*shifts: Shift | None) -> dict[int, Slot]:
    return rota.lock_slots([shift.slot_id for shift in shifts if shift is not None])


def _lock_swap(swap: SwapRequest) -> dict[int, Slot]:
    """Lock the slots of the request and read anew what may have changed before that."""
    slots = _lock(swap.shift, swap.wanted)
    swap.refresh_from_db(fields=["status", "taker"])
    for shift in (swap.shift, swap.wanted):
        if shift is not None:
            shift.refresh_from_db(fields=["status"])
    return slots


def _carry_out(
    swap: SwapRequest,
    *,
    slots: dict[int, Slot],
    taker: User,
    by: User,
    now: datetime,
    status: str,
    reason: str = "",
) -> None:
    """
    Move the request to `status`; the rota moves with it when that is DONE.

    A yes that waits for the manager tries the change too and takes it back, so that nobody agrees
    to what cannot be.
    """
    given = [(swap.shift, taker)] + ([(swap.wanted, swap.asker)] if swap.wanted else [])
    for shift, _to in given:
        check_stands(shift, slot=slots[shift.slot_id], now=now)
    lock_terms([swap.asker_id, taker.pk])
    point = transaction.savepoint()
    _move_rota(swap, given=given, slots=slots, by=by, now=now, reason=reason)
    if status == SwapStatus.AGREED:
        transaction.savepoint_rollback(point)
        for shift, _to in given:
            shift.refresh_from_db(fields=["status"])
    else:
        transaction.savepoint_commit(point)
    figures: dict[str, Any] = {"taker": taker}
    if status == SwapStatus.AGREED:
        # The managers' SMS may wait for the morning: from here on only the shifts themselves end it.
        figures["expires_at"] = min(slot.starts_at for slot in slots.values())
    move_swap(swap, status, by=by, now=now, reason=reason, **figures)
    swap_news.tell_yes(swap, slot=slots[swap.shift.slot_id], now=now)


def _move_rota(
    swap: SwapRequest,
    *,
    given: list[tuple[Shift, User]],
    slots: dict[int, Slot],
    by: User,
    now: datetime,
    reason: str,
) -> None:
    """Withdraw the old shifts, then look at each person as if by hand and give them the new ones."""
    for shift, _to in given:
        rota.end_shift(shift, by=by, now=now, reason=SWAPPED, swap=swap)
    for shift, person in sorted(given, key=lambda one: one[1].pk):
        slot = slots[shift.slot_id]
        try:
            rota.check_slot(slot, now=now)
            rota.check_person(person, slot=slot)
            if not reason.strip():
                rota.check_doubts(person, slot=slot, but=("unavailable",))
            rota.add_shift(person, slot=slot, by=by, now=now, reason=SWAPPED)
        except (rota.RotaRefused, occupancy.AlreadyTaken) as refusal:
            raise _refusal(refusal, person=person, by=by) from refusal


def _refusal(refusal: rota.RotaRefused | occupancy.AlreadyTaken, *, person: User, by: User) -> SwapRefused:
    """Return the refusal of a swap in words that do not ask for a reason."""
    words = rota.DOUBTS.get(refusal.code or "")
    if words is None:
        return SwapRefused(refusal.message, code=refusal.code, params=refusal.params)
    return SwapRefused(words, code=refusal.code, params={"person": name_of(person)})
