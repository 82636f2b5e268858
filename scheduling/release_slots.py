"""The slots of a planned release: others are added, and those that nobody wishes for taken out. Rule: R-45."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.locks import lock_slots
from scheduling.models import Release, ReleaseCause, ReleaseEvent, Slot, TicketStatus, Wish
from scheduling.releases import (
    ReleaseRefused,
    check_free,
    check_number,
    check_planned,
    lock_release,
)
from scheduling.retries import retried


@retried
@transaction.atomic
def add_slots(release: Release, *, slot_ids: Collection[int], by: User, now: datetime) -> int:
    """
    Let more slots open at the release's moment; return how many. Pairs may wish for them at once.

    Raise ReleaseRefused: "wrong_status" from the moment on, "no_slots", "too_many_slots" of the whole
    release, "not_free" when one was taken, closed or released meanwhile, or cannot be booked at the
    moment. Locks the release row, then the slot rows. Rules: R-22, R-45.
    """
    lock_release(release)
    check_planned(release, now=now)
    wanted = set(slot_ids)
    check_number(wanted, has=release.slots.count())
    lock_slots(wanted)
    check_free(release.project, wanted, opens_at=release.opens_at, now=now)
    Slot.objects.filter(pk__in=wanted).update(release=release)
    _write_event(release, ReleaseCause.SLOTS_ADDED, count=len(wanted), by=by, now=now)
    return len(wanted)


@retried
@transaction.atomic
def take_slot_out(release: Release, *, slot: Slot, by: User, now: datetime) -> None:
    """
    Take a slot out of the release: it is open at once, as slots without a release are.

    Raise ReleaseRefused: "wrong_status" from the moment on, "not_in_release", "last_slot", "wished" as
    long as a pair in the draw wishes for it. Locks the release row, as who wishes does, then the slot row. Rule: R-45.
    """
    lock_release(release)
    check_planned(release, now=now)
    lock_slots([slot.pk])
    if not release.slots.filter(pk=slot.pk).exists():
        raise ReleaseRefused(
            _("This slot is not in the release any more. Look at it again."), code="not_in_release"
        )
    if release.slots.count() == 1:
        raise ReleaseRefused(
            _("It is the only slot of this release. Add another one first, or cancel the release."),
            code="last_slot",
        )
    if Wish.objects.filter(slot=slot, ticket__release=release, ticket__status=TicketStatus.ENTERED).exists():
        raise ReleaseRefused(
            _("Pairs wish for this slot, so it stays. If it cannot take place, close it on its own page."),
            code="wished",
        )
    Slot.objects.filter(pk=slot.pk).update(release=None)
    _write_event(release, ReleaseCause.SLOT_OUT, count=1, by=by, now=now)


def _write_event(release: Release, cause: ReleaseCause, *, count: int, by: User, now: datetime) -> None:
    ReleaseEvent.objects.create(
        release=release,
        old=release.status,
        new=release.status,
        by=by,
        at=now,
        cause=cause,
        slot_count=count,
    )
