"""Invitations of one person to another, from the board or a proposal. Codes are in `pairs`. Rule: R-16."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import PSEUDONYM_ALPHABET, User
from accounts.people import lock_people
from scheduling import invitation_news, pairs
from scheduling.board import has_partner
from scheduling.models import BoardEntry, Invitation, InvitationStatus, Pair, Project
from scheduling.pairs import PairRefused
from scheduling.retries import retried
from scheduling.visibility import entries_for, has_sessions_left, may_record, standing_invitations

DAY = timedelta(days=1)
# Longer than the codes that people type: nobody ever reads it, nobody shall guess it.
UNSEEN_CODE_LENGTH = 12


def invite_person(entry: BoardEntry, *, by: User, now: datetime) -> Invitation:
    """
    Ask the person of a board entry to be a pair, and tell them; return the invitation.

    When they have asked `by` already that is their yes: the two are a pair at once, and
    the invitation returned is theirs, accepted. One that is open is returned as it is.
    Raise PairRefused: "own", "closed", "not_of_project", "not_qualified", "enough" (`by` has all
    sessions), "paired" (`by` has a partner), "gone" (the entry is not on the board for `by` any
    more), "too_many" (today's invitations are used up), "many_asked" (the other has enough to
    answer). Locks both people's rows by id. Rules: R-16, R-17.
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
    pairs.check_sessions_left(by, project=project, now=now)
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
    _check_limits(by, invited=other, project=project, now=now)
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


def _check_limits(person: User, *, invited: User, project: Project, now: datetime) -> None:
    """
    Refuse more than a day's invitations of one person, and more than one person can answer.

    Those taken back or declined count for the day, or it would be no limit.
    """
    made = Invitation.objects.filter(
        inviter=person, project=project, invited__isnull=False, made_at__gt=now - DAY
    ).count()
    if made >= project.max_invitations_per_day:
        raise PairRefused(
            _(
                "You have invited %(count)d people within a day. Wait for their answers, or invite more tomorrow."
            ),
            code="too_many",
            params={"count": project.max_invitations_per_day},
        )
    waiting = count_received([invited.pk], project=project, now=now).get(invited.pk, 0)
    if waiting >= project.max_open_invitations:
        raise PairRefused(
            _("This person has %(count)d invitations to answer already. Ask somebody else, or try tomorrow."),
            code="many_asked",
            params={"count": waiting},
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
    """Return the invitations to the person that they can answer now, those that end first at the top."""
    received = standing_invitations(now=now).filter(invited=person)
    return received.select_related("inviter__profile", "project").order_by("expires_at", "pk")


def count_received(people: Iterable[int], *, project: Project, now: datetime) -> dict[int, int]:
    """Return how many invitations of the project wait for each one's answer, those that rest too. One query."""
    received = Invitation.objects.filter(
        invited__in=people, project=project, status=InvitationStatus.OPEN, expires_at__gt=now
    )
    return dict(received.order_by().values_list("invited").annotate(count=Count("pk")))


def sent_by(person: User, *, now: datetime) -> QuerySet[Invitation]:
    """
    Return the person's invitations to others that are open, and those answered within two days, newest first.

    Each knows whether the inviter `may_record` in its project and `has_left` sessions there.
    """
    mine = Invitation.objects.filter(inviter=person, invited__isnull=False)
    is_open = Q(status=InvitationStatus.OPEN, expires_at__gt=now)
    is_fresh = Q(status=InvitationStatus.DECLINED, answered_at__gt=now - 2 * DAY)
    found = mine.filter(is_open | is_fresh).annotate(
        may_record=may_record(OuterRef("inviter"), project=OuterRef("project")),
        has_left=has_sessions_left(
            OuterRef("inviter"),
            project=OuterRef("project"),
            limit=F("project__max_sessions_per_person"),
            now=now,
        ),
    )
    return found.select_related("invited", "project").order_by("-made_at", "-pk")


def why_it_rests(invitation: Any) -> str | Promise:
    """
    Return why one of `sent_by` is not shown to the invited at the moment, "" when nothing of the inviter's keeps it.

    A block is never among the reasons: nobody learns of it.
    """
    if not invitation.project.is_open:
        return _("Not shown now: the project is closed.")
    if not invitation.may_record:
        return _("Not shown now: your qualification is suspended or withdrawn. Ask the project's staff.")
    if not invitation.has_left:
        return _("Not shown any more: you have all the sessions that one person can have in this project.")
    return ""
