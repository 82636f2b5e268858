"""The switch of a booth, a studio or a project: whether its slots are offered. Rule: R-18."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from scheduling.models import Booth, Project, Slot, Studio
from scheduling.retries import retried

Place = Booth | Studio | Project

# Where the slots of each lie, and the booths into which they are published.
SLOTS_OF: dict[type[Any], str] = {Booth: "booth", Studio: "booth__studio", Project: "project"}
BOOTHS_OF: dict[type[Any], str] = {Booth: "pk", Studio: "studio"}


@retried
def open_place(place: Place, *, now: datetime) -> None:
    """Let slots of the place be published and booked again; the sweep offers them to who waits. Rule: R-18."""
    place.is_open = True
    save_place(place, fields=["is_open"], now=now)


@retried
def close_place(place: Place, *, now: datetime) -> None:
    """Let no more slots of the place be published or booked, as `save_place`; bookings that exist stand."""
    place.is_open = False
    save_place(place, fields=["is_open"], now=now)


@retried
@transaction.atomic
def save_place(place: Place, *, now: datetime, fields: Collection[str] | None = None) -> None:
    """
    Write the row, or these fields of it; when that closes the place, nobody is left who read that it is open.

    Locks the row of the place; when it closes, then the rows of the booths that it publishes into (a
    project: of all) and those of its slots to come, however many these are. Rule: R-18.
    """
    kind: Any = type(place)
    rows = kind.objects.select_for_update(no_key=True).filter(pk=place.pk, is_open=True)
    if list(rows.values_list("pk")) and not place.is_open:
        _wait_for_slots(place, now=now)
    place.save(update_fields=fields)


def _wait_for_slots(place: Place, *, now: datetime) -> None:
    kind = type(place)
    booths = Booth.objects.filter(**{BOOTHS_OF[kind]: place.pk} if kind in BOOTHS_OF else {})
    slots = Slot.objects.filter(**{SLOTS_OF[kind]: place.pk}, starts_at__gt=now)
    for rows in (booths, slots):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))
