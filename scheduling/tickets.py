"""Tickets of a draw: entered by one of a pair, seen, signed or changed by the other. Rule: R-45."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling.conditions import BookingRefused, check_pair
from scheduling.models import (
    Pair,
    Release,
    ReleaseStatus,
    Slot,
    SlotStatus,
    Ticket,
    TicketCause,
    TicketEvent,
    TicketStatus,
    Wish,
)
from scheduling.retries import retried

MOVES: dict[str, frozenset[str]] = {
    TicketStatus.ENTERED: frozenset(
        {TicketStatus.WON, TicketStatus.UNLUCKY, TicketStatus.WITHDRAWN, TicketStatus.VOID}
    ),
    TicketStatus.WON: frozenset(),
    TicketStatus.UNLUCKY: frozenset(),
    TicketStatus.WITHDRAWN: frozenset(),
    TicketStatus.VOID: frozenset(),
}


def are_open(path: str = "") -> Q:
    """Return the condition that slots are open, with booth and studio; `path` leads to them: `slots__`. Rule: R-18."""
    is_open = {"status": SlotStatus.OPEN, "booth__is_open": True, "booth__studio__is_open": True}
    return Q(**{f"{path}{name}": value for name, value in is_open.items()})


class TicketRefused(ValidationError):
    """A ticket cannot be entered or changed so; `code` says why."""


@retried
@transaction.atomic
def enter_ticket(release: Release, *, pair: Pair, slot_ids: Sequence[int], by: User, now: datetime) -> Ticket:
    """
    Enter the pair into the draw with its wishes, the dearest first; or change the wishes of its ticket.

    Whoever enters wishes last is the one who asks: what the partner agreed to before is asked
    anew. The number stays. Raise TicketRefused: "closed" from the moment on, "no_wishes",
    "too_many_wishes", "not_in_release" (also a slot named twice), "slot_closed", "has_ticket" when one of the two
    is in this draw with somebody else; BookingRefused with the conditions of the pair. Locks
    the release row, which gives the numbers one by one. Rules: R-4, R-15, R-45.
    """
    _lock_open(release, now=now)
    _check_wishes(release, slot_ids)
    if pair.project_id != release.project_id:
        raise BookingRefused(_("This slot belongs to another project."), code="other_project")
    pair.refresh_from_db(fields=["ended_at"])  # `end_pair` holds the release's lock, too
    check_pair(pair, by=by, on=timezone.localdate(now))
    _check_no_other(release, pair=pair)
    ticket = release.tickets.filter(pair=pair).exclude(status=TicketStatus.WITHDRAWN).first()
    if ticket is None:
        last = release.tickets.aggregate(last=Max("number"))["last"] or 0
        ticket = Ticket.objects.create(
            release=release,
            number=last + 1,
            pair=pair,
            entered_at=now,
            entered_by=by,
            told_opens_at=release.opens_at,
        )
        _write_event(ticket, old="", by=by, at=now)
    else:
        ticket.wishes.all().delete()
        Ticket.objects.filter(pk=ticket.pk).update(entered_by=by, signed_by=None)
        ticket.entered_by, ticket.signed_by = by, None
        _write_event(ticket, old=ticket.status, by=by, at=now, cause=TicketCause.WISHES_CHANGED)
    Wish.objects.bulk_create(
        Wish(ticket=ticket, rank=rank, slot_id=slot_id) for rank, slot_id in enumerate(slot_ids, start=1)
    )
    return ticket


def _lock_open(release: Release, *, now: datetime) -> None:
    """Lock the release's row. Raise TicketRefused(code="closed") when its tickets are closed."""
    fresh = Release.objects.select_for_update(of=("self",), no_key=True).get(pk=release.pk)
    release.status, release.opens_at = fresh.status, fresh.opens_at
    if release.status != ReleaseStatus.PLANNED or now >= release.opens_at:
        raise TicketRefused(_("The draw is closed: no ticket can be entered or changed."), code="closed")


def _check_wishes(release: Release, slot_ids: Sequence[int]) -> None:
    if not slot_ids:
        raise TicketRefused(_("Choose at least one slot that you wish for."), code="no_wishes")
    if len(slot_ids) > release.project.max_wishes:
        raise TicketRefused(
            _("A pair has at most %(count)d wishes. Take one out first."),
            code="too_many_wishes",
            params={"count": release.project.max_wishes},
        )
    wished = Slot.objects.filter(release=release, pk__in=slot_ids)
    if wished.count() != len(slot_ids):
        raise TicketRefused(
            _("One of these slots is not in this release. Open the page again."), code="not_in_release"
        )
    if wished.filter(are_open()).count() != len(slot_ids):
        raise TicketRefused(
            _("One of these slots was closed meanwhile. Take it out of your wishes."), code="slot_closed"
        )


def _check_no_other(release: Release, *, pair: Pair) -> None:
    """Raise TicketRefused(code="has_ticket"): nobody is in a draw twice. The caller holds the release's lock."""
    people = (pair.person_a_id, pair.person_b_id)
    theirs = Q(pair__person_a__in=people) | Q(pair__person_b__in=people)
    others = release.tickets.filter(theirs, status=TicketStatus.ENTERED)
    if others.exclude(pair=pair).exists():
        raise TicketRefused(
            _("One of you is in this draw with another partner already. Everybody takes part once."),
            code="has_ticket",
        )


@retried
@transaction.atomic
def sign_ticket(ticket: Ticket, *, seen: Sequence[int], by: User, now: datetime) -> None:
    """
    Let the other of the pair agree beforehand: a slot that is drawn is then confirmed at once.

    `seen` are the wishes that were on the page. Raise TicketRefused: "closed", "not_yours"
    for anybody but the other of the pair, "wrong_status", "changed" when the wishes are not
    those any more. Locks the release row. Rules: R-21, R-45.
    """
    _lock_open(ticket.release, now=now)
    _refresh(ticket)
    _check_own(ticket, by=by)
    if by == ticket.entered_by:
        raise TicketRefused(_("Your partner has to agree to this."), code="not_yours")
    if list(ticket.wishes.order_by("rank").values_list("slot_id", flat=True)) != list(seen):
        raise TicketRefused(
            _("Your partner has changed the wishes. Look at them again, then agree."), code="changed"
        )
    Ticket.objects.filter(pk=ticket.pk).update(signed_by=by)
    ticket.signed_by = by
    _write_event(ticket, old=ticket.status, by=by, at=now, cause=TicketCause.SIGNED)


@retried
@transaction.atomic
def withdraw_ticket(ticket: Ticket, *, by: User, now: datetime) -> None:
    """
    Take the pair out of the draw; either of the two may.

    Raise TicketRefused: "closed", "not_yours", "wrong_status". Locks the release row. Rule: R-45.
    """
    _lock_open(ticket.release, now=now)
    _refresh(ticket)
    _check_own(ticket, by=by)
    move_ticket(ticket, TicketStatus.WITHDRAWN, by=by, at=now)


def withdraw_tickets_of(pair: Pair, *, by: User, now: datetime) -> None:
    """
    Take a pair that ends out of the draws whose moment is still to come.

    Called inside a transaction, before any lock but those of people. Locks all coming releases of
    the project, by primary key: the pair may be entering its first ticket in this moment. Rule: R-45.
    """
    coming = Release.objects.filter(
        project=pair.project_id, status=ReleaseStatus.PLANNED, opens_at__gt=now
    ).order_by("pk")
    locked = [release.pk for release in coming.select_for_update(of=("self",), no_key=True)]
    for ticket in pair.tickets.filter(status=TicketStatus.ENTERED, release__in=locked).order_by("pk"):
        move_ticket(ticket, TicketStatus.WITHDRAWN, by=by, at=now)


def _refresh(ticket: Ticket) -> None:
    ticket.refresh_from_db(fields=["status", "entered_by", "signed_by"])


def _check_own(ticket: Ticket, *, by: User) -> None:
    if by.pk not in (ticket.pair.person_a_id, ticket.pair.person_b_id):
        raise TicketRefused(_("You are not one of this pair."), code="not_yours")
    if ticket.status != TicketStatus.ENTERED:
        raise _no_such_move()


def _no_such_move() -> TicketRefused:
    return TicketRefused(_("This ticket has just changed. Look at it again."), code="wrong_status")


def move_ticket(
    ticket: Ticket,
    new: TicketStatus,
    *,
    by: User | None,
    at: datetime,
    **fields: Any,
) -> None:
    """
    Change the status by compare-and-swap, with the fields, and write the event row.

    Raise TicketRefused(code="wrong_status") when the table has no such move, or somebody else
    was faster. Called inside a transaction, under the release's lock. Rule: R-45.
    """
    old = ticket.status
    moved: Any = new in MOVES[old] and Ticket.objects.filter(pk=ticket.pk, status=old).update(
        status=new, **fields
    )
    if not moved:
        raise _no_such_move()
    ticket.status = new
    for name, value in fields.items():
        setattr(ticket, name, value)
    _write_event(ticket, old=old, by=by, at=at)


def _write_event(ticket: Ticket, *, old: str, by: User | None, at: datetime, cause: str = "") -> None:
    TicketEvent.objects.create(ticket=ticket, old=old, new=ticket.status, by=by, at=at, cause=cause)
