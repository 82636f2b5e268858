"""What does not fit together in a calendar: found among the cells that are shown. No queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from scheduling import timetable
from scheduling.models import Blackout, SlotStatus
from scheduling.timetable import SlotState
from scheduling.weeks import SlotCell


class Conflict(TextChoices):
    """Something a manager has to put right, in words."""

    SHORT = "short", _("Booked, staff missing")
    CLOSED = "closed", _("Booked in a closed booth")
    BLACKOUT = "blackout", _("In a blackout")
    OVERLAP = "overlap", _("Too near to another slot")
    DOUBLE = "double", _("Somebody is in two places")


# Over and done with: nothing is left to put right.
SETTLED = frozenset({SlotState.DONE, SlotState.UNUSED, SlotState.CLOSED, SlotState.UNENDED})


def find_conflicts(
    cells: Sequence[SlotCell], *, people: Mapping[int, Collection[int]], blackouts: Sequence[Blackout]
) -> dict[int, list[Conflict]]:
    """Return the conflicts by slot id. `people` holds who is in each slot: speakers and staff. Rules: R-18 to R-20."""
    found: defaultdict[int, list[Conflict]] = defaultdict(list)
    open_cells = [cell for cell in cells if cell.state not in SETTLED]
    for cell in open_cells:
        if cell.state == SlotState.SHORT:
            found[cell.slot.pk].append(Conflict.SHORT)
        booth = cell.slot.booth
        is_shut = not (booth.is_open and booth.studio.is_open) or cell.slot.status == SlotStatus.CLOSED
        if cell.booking is not None and is_shut:
            found[cell.slot.pk].append(Conflict.CLOSED)
        if any(one.covers(booth, on=cell.local_start.date()) for one in blackouts):
            found[cell.slot.pk].append(Conflict.BLACKOUT)
    for slot_id in _crowded(open_cells):
        found[slot_id].append(Conflict.OVERLAP)
    for slot_id in _double(open_cells, people=people):
        found[slot_id].append(Conflict.DOUBLE)
    return dict(found)


def _crowded(cells: Iterable[SlotCell]) -> set[int]:
    """Return the slots that leave less than the turnover to another one of their booth."""
    by_booth: defaultdict[int, list[SlotCell]] = defaultdict(list)
    for cell in cells:
        by_booth[cell.slot.booth_id].append(cell)
    return {slot_id for beside in by_booth.values() for slot_id in _near(beside, with_turnover=True)}


def _double(cells: Iterable[SlotCell], *, people: Mapping[int, Collection[int]]) -> set[int]:
    """Return the slots in which somebody is who is in another one at the same time."""
    by_person: defaultdict[int, list[SlotCell]] = defaultdict(list)
    for cell in cells:
        for person in people.get(cell.slot.pk, ()):
            by_person[person].append(cell)
    return {slot_id for theirs in by_person.values() for slot_id in _near(theirs, with_turnover=False)}


def _near(cells: list[SlotCell], *, with_turnover: bool) -> set[int]:
    found = set()
    cells = sorted(cells, key=lambda cell: (cell.slot.starts_at, cell.slot.pk))
    for one, other in pairwise(cells):
        pause = timedelta(minutes=one.slot.project.turnover_minutes if with_turnover else 0)
        spans = [(cell.slot.starts_at, cell.slot.ends_at) for cell in (one, other)]
        if timetable.spans_clash(*spans, pause=pause):
            found |= {one.slot.pk, other.slot.pk}
    return found
