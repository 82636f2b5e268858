"""What the conditions of booking ask, their SQL written once: in a rush each question is asked hundreds of times."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.kept_queries import KeptQuery
from accounts.models import Profile
from scheduling.models import Booking, OpenSeat, Qualification, QualificationStatus


def _booked(*, slot_id: int, now: datetime) -> QuerySet[Booking, Any]:
    return Booking.objects.standing(now=now).filter(slot=slot_id).values_list("pk")


def _seated(*, slot_id: int) -> QuerySet[OpenSeat, Any]:
    return OpenSeat.objects.standing().filter(slot=slot_id).values_list("pk")


def _qualified(*, a: int, b: int, project_id: int) -> QuerySet[Qualification, Any]:
    return Qualification.objects.filter(
        project=project_id, person__in=[a, b], person__is_active=True, status=QualificationStatus.ACTIVE
    ).values_list("person_id")


def _born(*, person_id: int) -> QuerySet[Profile, Any]:
    return Profile.objects.filter(user=person_id).values_list("birth_on")


def _counted(*, a: int, b: int, project_id: int, now: datetime) -> QuerySet[Booking, Any]:
    mine = Q(pair__person_a__in=[a, b]) | Q(pair__person_b__in=[a, b])
    counted = Booking.objects.counted(now=now).filter(mine, project=project_id)
    return counted.values_list("pair_id", "status", "pair__person_a_id", "pair__person_b_id")


BOOKED = KeptQuery(_booked, slot_id=int, now=datetime)
SEATED = KeptQuery(_seated, slot_id=int)
QUALIFIED = KeptQuery(_qualified, a=int, b=int, project_id=int)
BORN = KeptQuery(_born, person_id=int)
COUNTED = KeptQuery(_counted, a=int, b=int, project_id=int, now=datetime)
