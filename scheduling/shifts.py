"""What a member of staff sees of their own shifts, and whom they could ask. Read only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from scheduling.models import Shift, ShiftStatus, Slot, StudioStaff, SwapRequest
from scheduling.rota_boards import CandidateRow
from scheduling.rota_facts import name_of, place_of, read_workers, staff_of
from scheduling.rota_values import rank_candidates
from scheduling.telling import write_start

# An exchange is for one of the coming weeks; a longer list nobody reads.
EXCHANGE_WITHIN = timedelta(days=28)
MOST_EXCHANGES = 120


def colleagues_of(shift: Shift) -> list[tuple[int, str]]:
    """Return the people who work in the studio of the shift, but its own, as choices."""
    works_here = StudioStaff.objects.filter(studio=shift.slot.booth.studio_id).exclude(person=shift.person)
    rows = works_here.filter(person__is_active=True).select_related("person__profile")
    return [(row.person_id, name_of(row.person)) for row in rows.order_by("person__profile__name", "person")]


def shifts_in_return(shift: Shift, *, now: datetime) -> list[tuple[int, str]]:
    """Return the coming shifts of colleagues for which this one could be exchanged, as choices. Two queries."""
    mine = Shift.objects.filter(person=shift.person, status=ShiftStatus.ASSIGNED).values("slot")
    rows = (
        Shift.objects.filter(
            status=ShiftStatus.ASSIGNED,
            person__in=[person_id for person_id, _name in colleagues_of(shift)],
            slot__booth__studio=shift.slot.booth.studio_id,
            slot__starts_at__gt=now,
            slot__starts_at__lt=now + EXCHANGE_WITHIN,
        )
        .exclude(slot__in=mine)
        .select_related("person__profile", "slot__booth__studio__city")
        .order_by("slot__starts_at", "person__profile__name", "pk")
    )
    return [
        (row.pk, f"{name_of(row.person)} · {write_start(row.slot)} · {row.slot.booth.name}")
        for row in rows[:MOST_EXCHANGES]
    ]


@dataclass(frozen=True)
class SwapRow:
    """One request as a page shows it."""

    swap: SwapRequest

    @property
    def kind(self) -> str:
        """The badge kind of the state."""
        return {"open": "wait", "agreed": "wait", "done": "ok", "declined": "bad", "refused": "bad"}.get(
            self.swap.status, "idle"
        )


def swap_rows(swaps: QuerySet[SwapRequest]) -> list[SwapRow]:
    """Return the requests with all that a page shows of them. One query."""
    rows = swaps.select_related(
        "asker__profile",
        "asked__profile",
        "taker__profile",
        "shift__slot__booth__studio__city",
        "wanted__slot__booth__studio__city",
    )
    return [SwapRow(swap) for swap in rows]


def replacements_for(slots: Collection[Slot], *, most: int) -> dict[int, list[CandidateRow]]:
    """
    Return for each slot the people who could take it, the fairest first, by slot; at most `most` of each.

    Nine queries for any number of slots. Who has said that they cannot come, or has enough, is not offered.
    """
    places = {slot.pk: place_of(slot) for slot in slots}
    studios = {place.studio for place in places.values()}
    people = {person.pk: person for person in staff_of(studios).select_related("profile")}
    workers = read_workers(people.values(), list(places.values()))
    return {
        number: [
            CandidateRow(people[one.worker.number], one, one.worker.week_limit(place))
            for one in rank_candidates(place, [one for one in workers if place.studio in one.studios])
            if not one.is_hard and not one.doubts
        ][:most]
        for number, place in places.items()
    }
