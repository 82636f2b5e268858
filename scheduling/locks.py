"""The rows that are locked before a booking is written, in their order: slots, then qualifications."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.kept_queries import KeptQuery
from scheduling.models import Qualification, Slot


def read_slot(slot_id: int) -> Slot:
    """
    Return the slot as `lock_slots` does, without its lock: for the look before it.

    Raise Slot.DoesNotExist.
    """
    found = SLOTS(slot_id=slot_id)
    if not found:
        raise Slot.DoesNotExist
    return found[0]


def _slots(*, slot_id: int) -> QuerySet[Slot]:
    return Slot.objects.select_related("project", "release", "booth__studio__city").filter(pk=slot_id)


def _locked_slot(*, slot_id: int) -> QuerySet[Slot, Any]:
    return Slot.objects.filter(pk=slot_id).select_for_update(no_key=True).values_list("pk")


SLOTS = KeptQuery(_slots, slot_id=int)
LOCKED_SLOT = KeptQuery(_locked_slot, slot_id=int)


def lock_slots(slot_ids: Iterable[int]) -> dict[int, Slot]:
    """
    Lock the slots in the order of their keys; return them fresh, with project, release, booth, studio and city.

    They are read once they are locked: what PostgreSQL joins to a row for whose lock it had to wait
    is as old as the beginning of the wait.
    """
    wanted = set(slot_ids)
    if len(wanted) == 1:  # nearly always: its SQL is written once
        [slot_id] = wanted
        if connection.features.has_select_for_update:
            LOCKED_SLOT(slot_id=slot_id)
        return {slot.pk: slot for slot in SLOTS(slot_id=slot_id)}
    slots = Slot.objects.filter(pk__in=wanted).order_by("pk")
    if connection.features.has_select_for_update:
        list(slots.select_for_update(no_key=True).values_list("pk"))
    fresh = slots.select_related("project", "release", "booth__studio__city")
    return {slot.pk: slot for slot in fresh}


def lock_qualifications(
    person_ids: Iterable[int], *, project_id: int, also: Collection[int] = ()
) -> dict[int, Qualification]:
    """
    Lock the people's qualifications, after the slots, in the order of their keys; return them by person.

    `also` are keys of further qualifications, locked in the same order: of the people who wait
    for a slot that may come free. What is locked in two steps has no order.
    """
    people = set(person_ids)
    if len(people) == 2 and not also:
        a, b = people
        rows = LOCKED_PEOPLE(a=a, b=b, project_id=project_id)
    else:
        wanted = Q(person_id__in=people, project_id=project_id)
        if also:
            wanted |= Q(pk__in=set(also))
        rows = list(_locked(Qualification.objects.filter(wanted)))
    return {row.person_id: row for row in rows if row.project_id == project_id}


def _locked(qualifications: QuerySet[Qualification]) -> QuerySet[Qualification]:
    return qualifications.order_by("pk").select_for_update(no_key=True)


def _locked_people(*, a: int, b: int, project_id: int) -> QuerySet[Qualification]:
    return _locked(Qualification.objects.filter(person__in=[a, b], project=project_id))


LOCKED_PEOPLE = KeptQuery(_locked_people, a=int, b=int, project_id=int)
