"""Sweeps over releases and their draws, for `invariants.broken_releases`. Rule: R-45."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from scheduling.draw import commit
from scheduling.models import Booking, Release, ReleaseStatus, Ticket, TicketStatus, Wish


def changed_seeds() -> Iterator[str]:
    """Yield the releases whose seed is not the one that was promised."""
    for pk, seed, promised in Release.objects.order_by("pk").values_list("pk", "seed", "seed_sha256"):
        if commit(seed) != promised:
            yield f"release {pk} has another seed than the one promised"


def early_bookings() -> Iterator[str]:
    """Yield the bookings of a release's slots that were made before its moment."""
    early = Booking.objects.filter(
        slot__release__isnull=False,
        made_at__gte=F("slot__release__made_at"),
        made_at__lt=F("slot__release__opens_at"),
    )
    for pk, release in early.order_by("pk").values_list("pk", "slot__release_id"):
        yield f"booking {pk} was made before the moment of release {release}"


def undecided_tickets() -> Iterator[str]:
    """Yield the tickets that still wait for a draw that is over."""
    over = [ReleaseStatus.OPEN, ReleaseStatus.CANCELLED]
    stray = Ticket.objects.filter(status=TicketStatus.ENTERED, release__status__in=over)
    yield from (f"ticket {pk} waits for a draw that is over" for pk in _keys(stray))


def unwished_slots() -> Iterator[str]:
    """Yield the tickets that were given a slot that they had not wished for, or that is another pair's."""
    won = Ticket.objects.filter(status=TicketStatus.WON)
    wish = Wish.objects.filter(ticket=OuterRef("pk"), slot=OuterRef("booking__slot"))
    stray = won.filter(~Exists(wish) | ~Q(booking__pair=F("pair")))
    yield from (f"ticket {pk} was given a slot that it had not wished for" for pk in _keys(stray))


def people_twice() -> Iterator[str]:
    """Yield the people who are in one draw with two partners."""
    rows = Ticket.objects.exclude(status__in=[TicketStatus.WITHDRAWN, TicketStatus.VOID])
    people = rows.values_list("release_id", "pair__person_a_id", "pair__person_b_id")
    counts = Counter((release, person) for release, *both in people for person in both)
    for (release, person), count in sorted(counts.items()):
        if count > 1:
            yield f"person {person} is in the draw of release {release} {count} times"


def _keys(rows: QuerySet[Ticket]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
