"""What pages show of releases: which are near, whose ticket it is, what chances there are. Reads only. Rule: R-45."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import User
from scheduling.models import Project, Release, ReleaseStatus, Slot, SlotStatus, Ticket, TicketStatus, Wish
from scheduling.tickets import are_open

# So long the outcome of a draw is told on the page of slots; its own page stays.
OUTCOME_SHOWN = timedelta(days=2)


@dataclass(frozen=True)
class Notice:
    """A release as the page of slots announces it, with the ticket of the person who reads it."""

    release: Release
    slot_count: int
    ticket: Ticket | None


def announced_releases(project: Project, *, person: User, now: datetime) -> list[Notice]:
    """Return the releases to come, and those whose draw the person was in lately. Two queries."""
    coming = Q(status__in=[ReleaseStatus.PLANNED, ReleaseStatus.DRAWING])
    lately = Q(status=ReleaseStatus.OPEN, opens_at__gt=now - OUTCOME_SHOWN)
    rows = list(
        Release.objects.filter(coming | lately, project=project)
        .annotate(slot_count=Count("slots", filter=are_open("slots__")))
        .order_by("opens_at", "pk")
    )
    tickets = tickets_of(person, release_ids=[release.pk for release in rows])
    notices = [Notice(row, row.slot_count, tickets.get(row.pk)) for row in rows]
    return [notice for notice in notices if notice.ticket or notice.release.status != ReleaseStatus.OPEN]


def tickets_of(person: User, *, release_ids: Iterable[int]) -> dict[int, Ticket]:
    """Return the person's ticket in each of the releases, withdrawn ones aside. One query."""
    ids = list(release_ids)
    if not ids:
        return {}
    mine = Q(pair__person_a=person) | Q(pair__person_b=person)
    tickets = (
        Ticket.objects.filter(mine, release__in=ids)
        .exclude(status=TicketStatus.WITHDRAWN)
        .select_related(
            "pair__person_a__profile", "pair__person_b__profile", "pair__project", "booking", "entered_by"
        )
    )
    # A pair that has ended gives way to the one that came after it.
    found = sorted(tickets, key=lambda ticket: (ticket.pair.ended_at is None, ticket.pk))
    return {ticket.release_id: ticket for ticket in found}


def slots_of(release: Release) -> list[Slot]:
    """Return the slots of the release with their places, closed ones too, the earliest first. One query."""
    slots = release.slots.select_related("project", "booth__studio__city")
    return list(slots.order_by("starts_at", "pk"))


def is_open(slot: Slot) -> bool:
    """Return whether the slot, read by `slots_of`, may be wished for: `tickets.are_open` in memory."""
    return slot.status == SlotStatus.OPEN and slot.booth.is_open and slot.booth.studio.is_open


def wishes_of(ticket: Ticket) -> list[int]:
    """Return the keys of the slots that the ticket wishes for, the dearest first."""
    return list(ticket.wishes.order_by("rank").values_list("slot_id", flat=True))


def arrange_wishes(wishes: Sequence[int], verb: str, *, most: int) -> list[int]:
    """
    Return the wishes after one press of a button: `add:ID`, `remove:ID`, `up:ID` or `down:ID`.

    Whatever makes no sense changes nothing; nothing is twice, and no more than `most` are kept.
    """
    kept = list(dict.fromkeys(wishes))[:most]
    word, _colon, written = verb.partition(":")
    wish = int(written) if written.isdecimal() and len(written) < 19 else 0
    if word == "add" and wish and wish not in kept and len(kept) < most:
        return [*kept, wish]
    if wish not in kept:
        return kept
    if word == "remove":
        return [other for other in kept if other != wish]
    at = kept.index(wish)
    beside = {"up": at - 1, "down": at + 1}.get(word, -1)
    if 0 <= beside < len(kept):
        kept[at], kept[beside] = kept[beside], kept[at]
    return kept


@dataclass(frozen=True)
class Odds:
    """How many pairs want how many slots."""

    slots: int
    tickets: int

    @property
    def chance(self) -> str:
        """How likely a pair that takes any slot gets one."""
        return f"{min(100, 100 * self.slots // self.tickets) if self.tickets else 100} %"


def odds_of(release: Release) -> Odds:
    """Return the chances in the draw, before it or at it. Two queries."""
    tickets = release.tickets.filter(
        status__in=[TicketStatus.ENTERED, TicketStatus.WON, TicketStatus.UNLUCKY]
    )
    return Odds(slots=release.slots.filter(are_open()).count(), tickets=tickets.count())


def tickets_in_order(release: Release) -> QuerySet[Ticket]:
    """Return all tickets of the release in the order of their turn, or of their numbers before the draw."""
    wishes = Prefetch("wishes", queryset=Wish.objects.order_by("rank"))
    return (
        release.tickets.select_related(
            "pair__person_a__profile", "pair__person_b__profile", "booking__slot__booth__studio__city"
        )
        .prefetch_related(wishes)
        .order_by("place", "number")
    )
