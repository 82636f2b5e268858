"""The partner board in the race tests: prepare people who look for a partner, act, and look at what is left."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from scheduling import board, invariants, invitations, pairs
from scheduling.models import BoardEntry, Invitation, Pair
from tests.factories import NOW, make_board_entry, make_city, make_person, make_project


def make_lookers(*, rounds: int, people: int) -> list[list[int]]:
    """Prepare rounds of people on the board; return their entries."""
    with transaction.atomic():
        project = make_project(max_invitations_per_day=99)
        return [
            [make_board_entry(make_person(), project=project).pk for _number in range(people)]
            for _round in range(rounds)
        ]


def ask(*, entry: int, by_entry: int) -> str:
    """Let the person of one entry invite the other; return the invitation's status or the refusal's code."""
    entries = BoardEntry.objects.select_related("project", "person")
    try:
        invitation = invitations.invite_person(
            entries.get(pk=entry), by=entries.get(pk=by_entry).person, now=NOW
        )
    except ValidationError as refusal:
        return str(refusal.code)
    return invitation.status


def invitation_of(*, entry: int, by_entry: int) -> int:
    """Return the number of the question from one to the other."""
    people = dict(BoardEntry.objects.values_list("pk", "person"))
    return Invitation.objects.get(invited=people[entry], inviter=people[by_entry]).pk


def say_yes(*, invitation: int) -> str:
    """Accept; return "accepted" or the refusal's code."""
    return _answer(invitation, lambda found: invitations.accept(found, by=found.invited, now=NOW))


def take_back(*, invitation: int) -> str:
    """Withdraw; return "withdrawn" or the refusal's code."""
    return _answer(invitation, lambda found: pairs.withdraw_invitation(found, by=found.inviter, now=NOW))


def _answer(invitation: int, rule: Any) -> str:
    found = Invitation.objects.select_related("inviter", "invited", "project").get(pk=invitation)
    try:
        rule(found)
    except ValidationError as refusal:
        return str(refusal.code)
    return Invitation.objects.get(pk=invitation).status


def publish_again(*, entry: int) -> str:
    """Let the person change what stands on the board; return "open" or the refusal's code."""
    before = BoardEntry.objects.select_related("project").get(pk=entry)
    person = User.objects.get(pk=before.person_id)
    times = set(board.coming_times(before.project, city=make_city(), now=NOW))
    try:
        return board.publish_entry(
            person,
            project=before.project,
            city=make_city(),
            about="爱听",
            topics="电影",
            times=times,
            now=NOW,
        ).status
    except ValidationError as refusal:
        return str(refusal.code)


def look_at_board() -> dict[str, Any]:
    """Return how many pairs there are, the most that one person is in, and what the sweep finds."""
    people = [person for pair in Pair.objects.all() for person in (pair.person_a_id, pair.person_b_id)]
    return {
        "pairs": Pair.objects.count(),
        "most_of_one": max(map(people.count, people), default=0),
        "broken": invariants.broken_board(),
    }
