"""Invitations of one person to another, from the board or a proposal. Codes are in `pairs`. Rule: R-16."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import PSEUDONYM_ALPHABET, User
from accounts.people import lock_people
from scheduling import invitation_news, pairs
from scheduling.board import has_partner
from scheduling.models import Block, BoardEntry, Invitation, InvitationStatus, Pair
from scheduling.pairs import PairRefused
from scheduling.retries import retried
from scheduling.visibility import entries_for

DAY = timedelta(days=1)
# Longer than the codes that people type: nobody ever reads it, nobody shall guess it.
UNSEEN_CODE_LENGTH = 12


def invite_person(entry: BoardEntry, *, by: User, now: datetime) -> Invitation:
    """
    Ask the person of a board entry to be a pair, and tell them; return the invitation.

    When they have asked `by` already that is their yes: the two are a pair at once, and
    the invitation returned is theirs, accepted. One that is open is returned as it is.
    Raise PairRefused: "own", "closed", "not_of_project", "not_qualified", "paired" (`by`
    has a partner), "gone" (the entry is not on the board for `by` any more), "too_many"
    (today's invitations are used up). Locks both people's rows by id. Rule: R-16.
    """
    try:
        return _invite(entry, by=by, now=now)
    except IntegrityError as error:
        raise PairRefused(_("You two are a pair already."), code="already") from error


@retried
@transaction.atomic
def _invite(entry: BoardEntry, *, by: User, now: datetime) -> Invitation:
    project, other = entry.project, entry.person
    if other.pk == by.pk:
        raise PairRefused(_("This is your own entry."), code="own")
    lock_people(by.pk, other.pk)
    if not project.is_open:
        raise PairRefused(_("This project is closed."), code="closed")
    pairs.check_qualified(by, project=project)
    if has_partner(by, project=project):
        raise PairRefused(
            _("You have a partner already. The board is for people who have none."), code="paired"
        )
    asked = _open_between(other, by, now=now).filter(project=project).first()
    if asked is not None:
        accept(asked, by=by, now=now)
        asked.refresh_from_db()
        return asked
    mine = _open_between(by, other, now=now).filter(project=project).first()
    if mine is not None:
        return mine
    if not entries_for(by, project=project, now=now).filter(person=other).exists():
        raise PairRefused(
            _("This person is not on the board any more. Somebody was faster, or they took it off."),
            code="gone",
        )
    _check_limit(by, project_limit=project.max_invitations_per_day, project_id=project.pk, now=now)
    overdue = Invitation.objects.filter(
        project=project, inviter=by, invited=other, status=InvitationStatus.OPEN
    )
    for old in overdue:
        pairs.move_invitation(old, InvitationStatus.EXPIRED, now=now)
    invitation = Invitation.objects.create(
        project=project,
        inviter=by,
        invited=other,
        code="".join(secrets.choice(PSEUDONYM_ALPHABET) for _i in range(UNSEEN_CODE_LENGTH)),
        made_at=now,
        expires_at=now + timedelta(hours=project.invitation_hours),
    )
    invitation_news.tell_invited(invitation, now=now)
    return invitation


def _open_between(inviter: User, invited: User, *, now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        inviter=inviter, invited=invited, status=InvitationStatus.OPEN, expires_at__gt=now
    ).select_related("inviter", "invited", "project")


def _check_limit(person: User, *, project_limit: int, project_id: int, now: datetime) -> None:
    """Refuse more than a day's invitations; those taken back or declined count, or they would be no limit."""
    made = Invitation.objects.filter(
        inviter=person, project=project_id, invited__isnull=False, made_at__gt=now - DAY
    ).count()
    if made >= project_limit:
        raise PairRefused(
            _(
                "You have invited %(count)d people within a day. Wait for their answers, or invite more tomorrow."
            ),
            code="too_many",
            params={"count": project_limit},
        )


@retried
@transaction.atomic
def accept(invitation: Invitation, *, by: User, now: datetime) -> Pair:
    """
    Say yes and return the pair: both see each other's name and phone, and leave the board.

    Raise PairRefused: "withdrawn", "declined", "expired", "used", "paired" and
    "inviter_paired" (one of the two has found somebody else), and whatever
    `pairs.accept_invitation` refuses. The inviter is told. Locks both people's rows by
    id, so that of two who accept at one moment the second is refused. Rule: R-16.
    """
    if invitation.invited_id != by.pk:
        raise ValueError("only the invited accepts")
    lock_people(invitation.inviter_id, by.pk)
    invitation.refresh_from_db(fields=["status"])
    if invitation.status == InvitationStatus.OPEN:
        if has_partner(by, project=invitation.project):
            raise PairRefused(_("You have a partner already. End that pair first."), code="paired")
        if has_partner(invitation.inviter, project=invitation.project):
            raise PairRefused(
                _("This person has found a partner meanwhile. Have another look at the board."),
                code="inviter_paired",
            )
    pair = pairs.accept_invitation(invitation, by=by, now=now)
    invitation_news.tell_accepted(invitation, now=now)
    return pair


def decline(invitation: Invitation, *, by: User, now: datetime) -> None:
    """Say no; the inviter sees that on their page. Raise PairRefused(code="moved") when it is over."""
    if invitation.invited_id != by.pk:
        raise ValueError("only the invited declines")
    pairs.move_invitation(invitation, InvitationStatus.DECLINED, now=now)


def received_by(person: User, *, now: datetime) -> QuerySet[Invitation]:
    """Return the open invitations to the person, oldest first; none of people who cannot be their partner now."""
    block = Block.objects.between(person, OuterRef("inviter"))
    open_ones = Invitation.objects.filter(
        ~Exists(block),
        invited=person,
        status=InvitationStatus.OPEN,
        expires_at__gt=now,
        inviter__is_active=True,
    )
    return open_ones.select_related("inviter__profile", "project").order_by("expires_at", "pk")


def sent_by(person: User, *, now: datetime) -> QuerySet[Invitation]:
    """Return the person's invitations to others that are open, and those answered within two days, newest first."""
    mine = Invitation.objects.filter(inviter=person, invited__isnull=False)
    is_open = Q(status=InvitationStatus.OPEN, expires_at__gt=now)
    is_fresh = Q(status=InvitationStatus.DECLINED, answered_at__gt=now - 2 * DAY)
    return mine.filter(is_open | is_fresh).select_related("invited", "project").order_by("-made_at", "-pk")
