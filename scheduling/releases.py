"""Release moments: a manager lets a batch of slots open for everybody at one moment. Rule: R-45."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from accounts.models import User
from scheduling.draw import commit, make_seed
from scheduling.locks import lock_slots
from scheduling.models import (
    Booking,
    City,
    OpenSeat,
    Project,
    Release,
    ReleaseCause,
    ReleaseEvent,
    ReleaseStatus,
    Slot,
    TicketStatus,
)
from scheduling.retries import retried
from scheduling.tickets import are_open, move_ticket

MOVES: dict[str, frozenset[str]] = {
    ReleaseStatus.PLANNED: frozenset({ReleaseStatus.DRAWING, ReleaseStatus.CANCELLED}),
    ReleaseStatus.DRAWING: frozenset({ReleaseStatus.OPEN}),
    ReleaseStatus.OPEN: frozenset(),
    ReleaseStatus.CANCELLED: frozenset(),
}
# One press locks so many slots at most; a draw over more is several releases.
MAX_SLOTS = 500
DRAW = "scheduling.tasks.draw_release"


class ReleaseRefused(ValidationError):
    """A release cannot be made or changed so; `code` says why."""


def find_releasable(
    project: Project, *, opens_at: datetime, now: datetime, city: City | None = None
) -> QuerySet[Slot]:
    """
    Return the slots that may open at the moment: open, free, in no other release, and bookable then.

    The moment never opens a slot earlier than the project does (`booking_opens_days`), nor
    later than booking closes. Rules: R-22, R-45.
    """
    after = max(now, opens_at) + timedelta(hours=project.booking_closes_hours)
    slots = Slot.objects.filter(
        ~Exists(Booking.objects.live().filter(slot=OuterRef("pk"))),
        ~Exists(OpenSeat.objects.standing().filter(slot=OuterRef("pk"))),
        are_open(),
        project=project,
        release=None,
        starts_at__gt=after,
        starts_at__lte=max(now, opens_at) + timedelta(days=project.booking_opens_days),
    )
    if city is not None:
        slots = slots.filter(booth__studio__city=city)
    return slots.select_related("booth__studio__city").order_by("starts_at", "pk")


@retried
@transaction.atomic
def make_release(
    project: Project, *, name: str, opens_at: datetime, slot_ids: Collection[int], by: User, now: datetime
) -> Release:
    """
    Return a new release: until the moment its slots cannot be booked.

    Raise ReleaseRefused: "too_soon" when the moment is nearer than the project's
    `release_fixed_minutes`, "no_slots", "too_many_slots", "not_free" when one of them was
    taken, closed or released meanwhile, or cannot be booked at the moment. Locks the slot rows.
    Rule: R-45.
    """
    _check_moment(project, opens_at=opens_at, now=now)
    wanted = set(slot_ids)
    check_number(wanted)
    lock_slots(wanted)
    check_free(project, wanted, opens_at=opens_at, now=now)
    seed = make_seed()
    release = Release.objects.create(
        project=project,
        name=name.strip(),
        opens_at=opens_at,
        seed=seed,
        seed_sha256=commit(seed),
        made_at=now,
        made_by=by,
    )
    Slot.objects.filter(pk__in=wanted).update(release=release)
    ReleaseEvent.objects.create(release=release, new=release.status, by=by, at=now)
    return release


def check_number(wanted: Collection[int], *, has: int = 0) -> None:
    """Raise ReleaseRefused: "no_slots", or "too_many_slots" with the `has` that the release has already."""
    if not wanted:
        raise ReleaseRefused(_("Choose at least one slot."), code="no_slots")
    if has + len(wanted) > MAX_SLOTS:
        raise ReleaseRefused(
            _("At most %(count)d slots open at one moment. Choose fewer."),
            code="too_many_slots",
            params={"count": MAX_SLOTS},
        )


def check_free(project: Project, wanted: Collection[int], *, opens_at: datetime, now: datetime) -> None:
    """Raise ReleaseRefused(code="not_free") when one cannot open then. The caller has locked the slots."""
    fit = find_releasable(project, opens_at=opens_at, now=now).filter(pk__in=wanted)
    missing = len(wanted) - fit.count()
    if missing:
        raise ReleaseRefused(
            _("%(count)d of the slots cannot open then: taken or closed meanwhile. Look at the list again."),
            code="not_free",
            params={"count": missing},
        )


def _check_moment(project: Project, *, opens_at: datetime, now: datetime) -> None:
    if opens_at < now + timedelta(minutes=project.release_fixed_minutes):
        raise ReleaseRefused(
            _("Choose a moment at least %(minutes)d minutes ahead: people must be able to see it."),
            code="too_soon",
            params={"minutes": project.release_fixed_minutes},
        )


def fixed_from(release: Release) -> datetime:
    """Return from when on the moment stands: people are waiting for it. Rule: R-45."""
    return release.opens_at - timedelta(minutes=release.project.release_fixed_minutes)


@retried
@transaction.atomic
def change_release(release: Release, *, opens_at: datetime, by: User, now: datetime) -> None:
    """
    Let the release open at another moment; tickets stay, and their people are told.

    Raise ReleaseRefused: "wrong_status", "fixed" from `release_fixed_minutes` before the old
    moment on, "too_soon", "after_slots" when a slot could not be booked any more at the new
    one, "before_slots" when one could not be booked yet. Locks the release row. Rules: R-22, R-45.
    """
    lock_release(release)
    check_planned(release, now=now)
    if now >= fixed_from(release):
        raise ReleaseRefused(
            _("The moment is too near to be changed: people are waiting for it. It may still be cancelled."),
            code="fixed",
        )
    _check_moment(release.project, opens_at=opens_at, now=now)
    closing = opens_at + timedelta(hours=release.project.booking_closes_hours)
    if release.slots.filter(starts_at__lte=closing).exists():
        raise ReleaseRefused(
            _("A slot of this release could not be booked any more then. Choose an earlier moment."),
            code="after_slots",
        )
    _check_window(release, opens_at=opens_at)
    _set_moment(release, opens_at, by=by, now=now, cause=ReleaseCause.MOMENT_CHANGED)


def _check_window(release: Release, *, opens_at: datetime) -> None:
    """Raise ReleaseRefused(code="before_slots") when the project opens a slot later than the moment. Rule: R-22."""
    days = release.project.booking_opens_days
    if release.slots.filter(starts_at__gt=opens_at + timedelta(days=days)).exists():
        raise ReleaseRefused(
            _(
                "It is too early for a slot of this release: booking opens %(days)s days before the start. "
                "Choose a later moment."
            ),
            code="before_slots",
            params={"days": days},
        )


def is_planned(release: Release, *, now: datetime) -> bool:
    """Return whether the release's moment is still to come."""
    return release.status == ReleaseStatus.PLANNED and now < release.opens_at


def check_planned(release: Release, *, now: datetime) -> None:
    """Raise ReleaseRefused(code="wrong_status") from the moment on. The caller has locked the release."""
    if not is_planned(release, now=now):
        raise ReleaseRefused(_("This release is over already. Look at it again."), code="wrong_status")


def _set_moment(
    release: Release, opens_at: datetime, *, by: User, now: datetime, cause: ReleaseCause
) -> None:
    Release.objects.filter(pk=release.pk).update(opens_at=opens_at)
    release.opens_at = opens_at
    ReleaseEvent.objects.create(
        release=release, old=release.status, new=release.status, by=by, at=now, cause=cause
    )


@retried
@transaction.atomic
def cancel_release(release: Release, *, by: User, now: datetime, reason: str) -> None:
    """
    End the release without a draw: its slots open at once, as slots without a release do; tickets are void.

    Raise ReleaseRefused: "reason_needed", "wrong_status" from the moment on. Locks the release
    row, then its slots. Rule: R-45.
    """
    if not reason.strip():
        raise ReleaseRefused(_("Write the reason: it stays in the release's history."), code="reason_needed")
    lock_release(release)
    check_planned(release, now=now)
    move_release(release, ReleaseStatus.CANCELLED, by=by, at=now, reason=reason.strip())
    slots = lock_slots(release.slots.values_list("pk", flat=True))
    Slot.objects.filter(pk__in=slots).update(release=None)
    for ticket in release.tickets.filter(status=TicketStatus.ENTERED).order_by("pk"):
        move_ticket(ticket, TicketStatus.VOID, by=None, at=now)


@retried
@transaction.atomic
def release_now(release: Release, *, by: User, now: datetime) -> None:
    """
    Let the release open now: tickets close and are drawn.

    Raise ReleaseRefused: "wrong_status", "before_slots" when a slot could not be booked yet. Rules: R-22, R-45.
    """
    lock_release(release)
    check_planned(release, now=now)
    _check_window(release, opens_at=now)
    _set_moment(release, now, by=by, now=now, cause=ReleaseCause.AT_ONCE)
    begin_draw(release, now=now)


def begin_draw(release: Release, *, now: datetime) -> bool:
    """
    Close the tickets once the moment is there, and queue the draw; return whether this call did.

    Called by whoever comes first, the worker or a page: it does nothing before the moment, and
    nothing the second time. Without tickets there is nothing to draw, and all is open at once. Rule: R-45.
    """
    return _is_due(release, now=now) and _begin(release, now=now)


@retried
@transaction.atomic
def _begin(release: Release, *, now: datetime) -> bool:
    lock_release(release)
    if not _is_due(release, now=now):
        return False
    move_release(release, ReleaseStatus.DRAWING, by=None, at=now)
    if release.tickets.filter(status=TicketStatus.ENTERED).exists():
        async_task(DRAW, release.pk)
    else:
        move_release(release, ReleaseStatus.OPEN, by=None, at=now)
    return True


def _is_due(release: Release, *, now: datetime) -> bool:
    return release.status == ReleaseStatus.PLANNED and release.opens_at <= now


def lock_release(release: Release) -> None:
    """Lock the release's row, before any slot's, and read again what can have changed."""
    fresh = Release.objects.select_for_update(of=("self",), no_key=True).get(pk=release.pk)
    release.status, release.opens_at = fresh.status, fresh.opens_at


def move_release(
    release: Release, new: ReleaseStatus, *, by: User | None, at: datetime, reason: str = ""
) -> None:
    """
    Change the status by compare-and-swap and write the event row.

    Raise ReleaseRefused(code="wrong_status") when the table has no such move, or somebody
    else was faster. Called inside a transaction. Rule: R-45.
    """
    old = release.status
    moved: Any = new in MOVES[old] and Release.objects.filter(pk=release.pk, status=old).update(status=new)
    if not moved:
        raise ReleaseRefused(_("This release is over already. Look at it again."), code="wrong_status")
    release.status = new
    ReleaseEvent.objects.create(release=release, old=old, new=new, by=by, at=at, reason=reason)
