"""Blocks: somebody does not want to record with somebody. Rule: R-17."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.people import lock_people
from scheduling.models import Block, Pair
from scheduling.pairs import end_pair
from scheduling.retries import retried


@retried
@transaction.atomic
def block_person(person: User, *, blocked: User, now: datetime) -> None:
    """
    Keep two people from ever being a pair again, and part them where they are one.

    The other one is not told. Raise PairRefused(code="booked") while they have a
    session to come. Locks both people's rows by id, then their pairs. Rule: R-17.
    """
    lock_people(person.pk, blocked.pk)
    Block.objects.get_or_create(person=person, blocked=blocked, defaults={"at": now})
    for pair in Pair.objects.living().between(person, blocked).order_by("pk"):
        end_pair(pair, by=person, now=now)


def unblock_person(person: User, *, blocked: User) -> None:
    """Let the two be a pair again if both want to. Rule: R-17."""
    Block.objects.filter(person=person, blocked=blocked).delete()
