"""What the conditions of booking ask, their SQL written once: in a rush each question is asked hundreds of times."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.kept_queries import KeptQuery
from accounts.models import Profile
from scheduling.models import (
    Block,
    Booking,
    OpenSeat,
    Pair,
    Qualification,
    QualificationStatus,
    Shift,
    ShiftStatus,
    WaitingEntry,
)


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


def _overdue(*, slot_id: int, a: int, b: int, now: datetime) -> QuerySet[Booking]:
    in_the_way = Q(slot=slot_id) | Q(pair__person_a__in=[a, b]) | Q(pair__person_b__in=[a, b])
    return Booking.objects.overdue(now=now).filter(in_the_way).order_by("pk")


def _blocked(*, a: int, b: int) -> QuerySet[Block, Any]:
    return Block.objects.between(a, b).values_list("pk")


def _living_pair(*, pair_id: int) -> QuerySet[Pair, Any]:
    return Pair.objects.filter(pk=pair_id, ended_at=None).values_list("pk")


def _staffed(*, slot_id: int) -> QuerySet[Shift, Any]:
    return Shift.objects.filter(slot=slot_id, status=ShiftStatus.ASSIGNED).values_list("pk")


def _in_line(*, slot_id: int) -> QuerySet[WaitingEntry, Any]:
    waiting = WaitingEntry.objects.waiting().filter(slot=slot_id)
    return waiting.values_list("project", "pair__person_a", "pair__person_b")


def _waiting(*, slot_id: int, pair_id: int) -> QuerySet[WaitingEntry]:
    return WaitingEntry.objects.waiting().filter(slot=slot_id, pair=pair_id)


BOOKED = KeptQuery(_booked, slot_id=int, now=datetime)
SEATED = KeptQuery(_seated, slot_id=int)
QUALIFIED = KeptQuery(_qualified, a=int, b=int, project_id=int)
BORN = KeptQuery(_born, person_id=int)
COUNTED = KeptQuery(_counted, a=int, b=int, project_id=int, now=datetime)
OVERDUE = KeptQuery(_overdue, slot_id=int, a=int, b=int, now=datetime)
BLOCKED = KeptQuery(_blocked, a=int, b=int)
LIVING_PAIR = KeptQuery(_living_pair, pair_id=int)
STAFFED = KeptQuery(_staffed, slot_id=int)
IN_LINE = KeptQuery(_in_line, slot_id=int)
WAITING = KeptQuery(_waiting, slot_id=int, pair_id=int)
