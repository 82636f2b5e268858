"""Codes of pairs: one gives theirs, also as QR, and the other enters it. Rule: R-16."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import PSEUDONYM_ALPHABET, User
from accounts.people import lock_people
from scheduling import pairs
from scheduling.models import Invitation, InvitationStatus, Pair, Project, WrongCode
from scheduling.pairs import PairRefused
from scheduling.retries import retried

# 31^8 codes of which a few thousand live at a time: ten guesses an hour lead nowhere, and nobody mistypes ten times.
CODE_LENGTH = 8
WRONG_CODES_AN_HOUR = 10


def clean_code(typed: str) -> str:
    """Return the code as it is stored: upper case, without the spaces and hyphens that people read aloud."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[: CODE_LENGTH + 1]


@retried
@transaction.atomic
def invite_partner(person: User, *, project: Project, now: datetime) -> Invitation:
    """
    Return the person's open invitation with its code: the one they have, or a new one.

    Raise PairRefused: "closed" (the project), "not_of_project", "not_qualified", "enough".
    Locks the person's row, so that two presses make one code. Rule: R-16.
    """
    lock_people(person.pk)
    if not project.is_open:
        raise PairRefused(_("This project is closed."), code="closed")
    pairs.check_qualified(person, project=project)
    pairs.check_sessions_left(person, project=project, now=now)
    for invitation in Invitation.objects.filter(
        inviter=person, invited=None, project=project, status=InvitationStatus.OPEN
    ):
        if invitation.expires_at > now:
            return invitation
        pairs.move_invitation(invitation, InvitationStatus.EXPIRED, now=now)
    return Invitation.objects.create(
        project=project,
        inviter=person,
        code="".join(secrets.choice(PSEUDONYM_ALPHABET) for _i in range(CODE_LENGTH)),
        made_at=now,
        expires_at=now + timedelta(hours=project.invitation_hours),
    )


def find_invitation(code: str, *, by: User, now: datetime) -> Invitation:
    """
    Return the invitation of a code that `by` may accept: whom they would record with.

    Raise PairRefused: "unknown" (counted), "too_many" (ten unknown codes in an
    hour), "used", "expired", "withdrawn", "own", "closed", "blocked", "already",
    "not_of_project", "not_qualified", "enough", "inviter_not_qualified", "inviter_enough".
    Rules: R-16, R-17.
    """
    since = now - timedelta(hours=1)
    if WrongCode.objects.filter(person=by, at__gt=since).count() >= WRONG_CODES_AN_HOUR:
        raise PairRefused(_("Too many wrong codes. Try again in an hour."), code="too_many")
    people = Invitation.objects.select_related("inviter__profile", "project")
    invitation = people.filter(code=clean_code(code), invited=None).first()
    if invitation is None:
        WrongCode.objects.create(person=by, at=now)
        raise PairRefused(
            _("There is no such code. Compare it with your partner's screen, letter by letter."),
            code="unknown",
        )
    pairs.check_open(invitation, now=now)
    pairs.check_people(invitation, by=by, now=now)
    return invitation


def join_pair(code: str, *, by: User, now: datetime) -> Pair:
    """
    Accept the invitation of a code and return the pair: from now on both see each other's name and phone.

    Raise PairRefused as `find_invitation` does; of two people with one code at one
    moment the second gets "used". A pair that had ended lives again. Locks both
    people's rows by id, then the invitation. Rule: R-16.
    """
    invitation = find_invitation(code, by=by, now=now)
    try:
        return pairs.accept_invitation(invitation, by=by, now=now)
    except IntegrityError as error:
        # Each accepted the other's code at one moment: the unique row let one of them through.
        raise PairRefused(_("You two are a pair already."), code="already") from error
