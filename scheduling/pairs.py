"""Pairs: two people who both said yes, made from an invitation, and parted. Rules: R-16, R-17."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.people import lock_people
from scheduling.board import close_entries
from scheduling.conditions import has_all_sessions
from scheduling.models import (
    Block,
    Booking,
    Invitation,
    InvitationStatus,
    Pair,
    Project,
    Qualification,
)
from scheduling.pair_news import tell_ended
from scheduling.qualifications import is_qualified
from scheduling.retries import retried
from scheduling.tickets import withdraw_tickets_of

MOVES: dict[str, frozenset[str]] = {
    InvitationStatus.OPEN: frozenset(set(InvitationStatus) - {InvitationStatus.OPEN}),
    **{status: frozenset() for status in InvitationStatus if status != InvitationStatus.OPEN},
}

# What is said of a code, or of a question from the board, that cannot be taken up any more; and the refusal's code.
OVER_CODE: dict[str, tuple[Any, str]] = {
    InvitationStatus.ACCEPTED: (_("This code was used already. Ask your partner for a new one."), "used"),
    InvitationStatus.WITHDRAWN: (_("Your partner took this code back. Ask for a new one."), "withdrawn"),
    InvitationStatus.EXPIRED: (_("This code is too old. Ask your partner for a new one."), "expired"),
}
OVER_QUESTION: dict[str, tuple[Any, str]] = {
    InvitationStatus.ACCEPTED: (_("You have accepted this invitation already."), "used"),
    InvitationStatus.DECLINED: (_("You have declined this invitation already."), "declined"),
    InvitationStatus.WITHDRAWN: (_("This invitation was taken back. Have a look at the board."), "withdrawn"),
    InvitationStatus.EXPIRED: (_("This invitation is too old. Have a look at the board."), "expired"),
    InvitationStatus.LAPSED: (
        _("One of you two has found a partner meanwhile. Have a look at the board."),
        "lapsed",
    ),
}


class PairRefused(ValidationError):
    """
    Two people are not made a pair, or not parted.

    Codes: "unknown", "too_many", "used", "expired", "withdrawn", "declined", "lapsed", "own",
    "closed", "blocked", "already", "not_of_project", "not_qualified", "inviter_not_qualified",
    "paired", "inviter_paired", "enough", "inviter_enough", "many_asked", "gone", "ended", "booked", "moved".
    """


@retried
@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User, now: datetime) -> Pair:
    """
    Make the pair of an invitation that was found before; look at everything again under the locks.

    Both leave the board, and what else they asked or were asked there lapses.
    Raise PairRefused as `pair_codes.find_invitation` does. Rule: R-16.
    """
    lock_people(invitation.inviter_id, by.pk)
    invitation = (
        Invitation.objects.select_related("inviter", "project")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=invitation.pk)
    )
    check_open(invitation, now=now)
    check_people(invitation, by=by, now=now)
    pair = make_pair(invitation.inviter, by, project=invitation.project, now=now)
    move_invitation(invitation, InvitationStatus.ACCEPTED, now=now, pair=pair, accepted_by=by)
    leave_board(pair, now=now)
    return pair


def make_pair(one: User, other: User, *, project: Project, now: datetime) -> Pair:
    """Return the pair of two people, made or living again; one that lives is returned as it is. Lock both rows."""
    person_a, person_b = sorted((one.pk, other.pk))
    pair, is_new = Pair.objects.get_or_create(
        project=project, person_a_id=person_a, person_b_id=person_b, defaults={"made_at": now}
    )
    if not is_new and pair.ended_at is not None:
        pair.ended_at = pair.ended_by = None
        pair.save(update_fields=["ended_at", "ended_by"])
    return pair


def leave_board(pair: Pair, *, now: datetime) -> None:
    """Take both off the board, and end what they asked or were asked there: they have a partner now."""
    close_entries((pair.person_a_id, pair.person_b_id), project_id=pair.project_id, now=now)
    _lapse_others(pair, now=now)


def bring_together(one: User, other: User, *, project: Project, now: datetime) -> Pair:
    """Return the pair of two people who both said yes without an invitation; both leave the board. Rule: R-16."""
    pair = make_pair(one, other, project=project, now=now)
    leave_board(pair, now=now)
    return pair


def _lapse_others(pair: Pair, *, now: datetime) -> None:
    """End the open questions from and to the two that came from the board: they have a partner now."""
    people = (pair.person_a_id, pair.person_b_id)
    others = Invitation.objects.filter(
        Q(inviter__in=people) | Q(invited__in=people),
        invited__isnull=False,
        project=pair.project_id,
        status=InvitationStatus.OPEN,
    )
    # By number, so that two pairs that are made at once and know the same people wait in one order.
    for invitation in others.order_by("pk"):
        move_invitation(invitation, InvitationStatus.LAPSED, now=now)


def withdraw_invitation(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Take one's own code or question back. Raise PairRefused(code="moved") when it was used or is over. Rule: R-16."""
    if invitation.inviter_id != by.pk:
        raise ValueError("only the inviter takes a code back")
    move_invitation(invitation, InvitationStatus.WITHDRAWN, now=now)


@retried
@transaction.atomic
def expire_invitations(*, now: datetime) -> int:
    """Close the invitations whose time is over and return how many. Rule: R-16."""
    return Invitation.objects.filter(status=InvitationStatus.OPEN, expires_at__lte=now).update(
        status=InvitationStatus.EXPIRED, answered_at=now
    )


def move_invitation(invitation: Invitation, new: str, *, now: datetime, **fields: Any) -> None:
    """Move the invitation, its row being its own record. Raise PairRefused(code="moved") when it cannot go there."""
    old = invitation.status
    rows = Invitation.objects.filter(pk=invitation.pk, status=old)
    if new not in MOVES[old] or not rows.update(status=new, answered_at=now, **fields):
        words = _("This code was used or is over already.")
        if invitation.invited_id:
            words = _("This invitation was answered or is over already.")
        raise PairRefused(words, code="moved")
    invitation.status = new


@retried
@transaction.atomic
def end_pair(pair: Pair, *, by: User, now: datetime) -> None:
    """
    Part two people; their recordings and their pay stay, and no draw to come has a ticket of theirs.
    Who did not end it is told.

    Raise PairRefused: "ended", "booked" (a session of theirs is still to come).
    Locks the project's coming releases, then both qualifications, as a booking of theirs
    does. Rules: R-16, R-45.
    """
    withdraw_tickets_of(pair, by=by, now=now)
    people = (pair.person_a_id, pair.person_b_id)
    qualifications = Qualification.objects.filter(project=pair.project_id, person__in=people)
    list(qualifications.order_by("pk").select_for_update(no_key=True))
    locked = Pair.objects.select_for_update(no_key=True).get(pk=pair.pk)
    if locked.ended_at is not None:
        raise PairRefused(_("You two are no pair any more."), code="ended")
    if Booking.objects.unfinished(now=now).filter(pair=locked).exists():
        raise PairRefused(_("You have a session together. Cancel it first."), code="booked")
    pair.ended_at, pair.ended_by = now, by
    pair.save(update_fields=["ended_at", "ended_by"])
    tell_ended(pair, by=by, now=now)


def check_qualified(person: User, *, project: Project) -> None:
    """Refuse somebody who may not book in the project, with what to do."""
    if is_qualified(person, project=project):
        return
    if person.qualifications.filter(project=project).exists():
        raise PairRefused(
            _("Your qualification is suspended or withdrawn. Ask the project's staff."), code="not_qualified"
        )
    raise PairRefused(
        _("You are not in %(project)s yet. Send a sample first; once it is approved you can pair up."),
        code="not_of_project",
        params={"project": project},
    )


def check_sessions_left(person: User, *, project: Project, now: datetime) -> None:
    """Refuse somebody who can have no further session: a pair would be worth nothing to them. Rule: R-17."""
    if has_all_sessions(person, project=project, now=now):
        raise PairRefused(
            _("You have all the sessions that one person can have in this project."), code="enough"
        )


def check_open(invitation: Invitation, *, now: datetime) -> None:
    """Refuse a code or a question that is answered, withdrawn or too old."""
    status = invitation.status
    if status == InvitationStatus.OPEN and invitation.expires_at <= now:
        status = InvitationStatus.EXPIRED
    if status != InvitationStatus.OPEN:
        words, code = (OVER_QUESTION if invitation.invited_id else OVER_CODE)[status]
        raise PairRefused(words, code=code)


def check_people(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Refuse two people who cannot be a pair in this project."""
    inviter, project = invitation.inviter, invitation.project
    if inviter.pk == by.pk:
        raise PairRefused(_("This is your own code. Give it to your partner."), code="own")
    if not project.is_open:
        raise PairRefused(_("This project is closed."), code="closed")
    # One answer for both directions: nobody learns from a code that they were blocked.
    if Block.objects.between(inviter, by).exists():
        raise PairRefused(_("You two cannot be a pair."), code="blocked")
    if Pair.objects.living().between(inviter, by).filter(project=project).exists():
        raise PairRefused(_("You two are a pair already."), code="already")
    check_qualified(by, project=project)
    check_sessions_left(by, project=project, now=now)
    if not inviter.is_active or not is_qualified(inviter, project=project):
        words = _("Your partner cannot record in this project at the moment. Ask them what happened.")
        if invitation.invited_id:
            words = _("This person cannot record in this project at the moment. Have a look at the board.")
        raise PairRefused(words, code="inviter_not_qualified")
    if has_all_sessions(inviter, project=project, now=now):
        raise PairRefused(
            _("The other person has all the sessions that one person can have in this project."),
            code="inviter_enough",
        )
