"""Who may ask for a swap and who may answer; each raises SwapRefused. The slots are locked. Rule: R-19."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.models import Shift, ShiftStatus, Slot, StudioStaff, SwapRequest, SwapStatus
from scheduling.swap_moves import SwapRefused


def check_shift(shift: Shift, *, slot: Slot, owner: User, now: datetime) -> None:
    """Refuse a shift that is not the person's, or does not stand."""
    shift.refresh_from_db(fields=["status"])
    if shift.person_id != owner.pk:
        raise SwapRefused(_("This is not your shift."), code="not_yours")
    check_stands(shift, slot=slot, now=now)


def check_stands(shift: Shift, *, slot: Slot, now: datetime) -> None:
    """Refuse a shift that was withdrawn or has begun."""
    if shift.status != ShiftStatus.ASSIGNED:
        raise SwapRefused(_("This shift does not stand any more."), code="withdrawn")
    if slot.starts_at <= now:
        raise SwapRefused(_("This shift has begun. It cannot be handed on any more."), code="past")


def check_asked(asked: User, *, slot: Slot, by: User) -> None:
    """Refuse oneself, and who does not work there."""
    if asked == by:
        raise SwapRefused(_("You cannot ask yourself."), code="self")
    works_there = StudioStaff.objects.filter(studio=slot.booth.studio_id, person=asked)
    if not asked.is_active or not works_there.exists():
        raise SwapRefused(
            _("This colleague does not work in that studio. Ask somebody else."), code="not_staff"
        )


def check_wanted(wanted: Shift, *, shift: Shift, asked: User | None, slot: Slot, now: datetime) -> None:
    """Refuse an exchange for what is no coming shift of the colleague, or is on the same slot."""
    wanted.refresh_from_db(fields=["status"])
    stands = wanted.status == ShiftStatus.ASSIGNED and slot.starts_at > now
    if asked is None or wanted.person_id != asked.pk or not stands or wanted.slot_id == shift.slot_id:
        raise SwapRefused(_("Choose a coming shift of the colleague whom you ask."), code="wanted")


def check_answer(swap: SwapRequest, *, by: User, slot: Slot, now: datetime) -> None:
    """Refuse who is not asked, and a request that does not wait for an answer any more."""
    works_there = StudioStaff.objects.filter(studio=slot.booth.studio_id, person=by).exists()
    if by.pk == swap.asker_id or (by.pk != swap.asked_id if swap.asked_id else not works_there):
        raise SwapRefused(_("Somebody else is asked."), code="not_yours")
    if swap.status != SwapStatus.OPEN:
        raise SwapRefused(_("This request was settled meanwhile. Look at it again."), code="moved")
    check_in_time(swap, now=now)


def check_in_time(swap: SwapRequest, *, now: datetime) -> None:
    """Refuse a request whose time is over."""
    if swap.expires_at <= now:
        raise SwapRefused(_("The time to answer is over."), code="expired")
