"""The demo's release moments: one that was drawn yesterday, and one that people are entering their wishes for."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from config.demo.crowd import Walker
from config.demo.places import Stage
from scheduling.draws import draw_release
from scheduling.models import Pair, Release, Slot
from scheduling.releases import find_releasable, make_release
from scheduling.rota import staff_count
from scheduling.tickets import enter_ticket, sign_ticket

# Of the pairs that have recorded: so many took part yesterday, the others enter for the next one.
PAST_TICKETS = 6
PAST_SLOTS = 3
NEXT_SLOTS = 12


def plan_releases(pairs: list[tuple[Pair, Walker]], *, stage: Stage, by: User, now: datetime) -> None:
    """Make both releases; the second opens at noon of the day after tomorrow, with a few tickets already."""
    regulars = [pair for pair, walker in pairs if walker.fate == "recorded"]
    past = _make("周末加场", opens_at=now - timedelta(hours=20), count=PAST_SLOTS, stage=stage, by=by)
    for number, pair in enumerate(regulars[:PAST_TICKETS]):
        _enter(past, pair, number=number, at=past.made_at + timedelta(hours=number + 1))
    draw_release(past, now=past.opens_at)
    noon = timezone.localtime(now).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
    coming = _make("十二月放号", opens_at=noon, count=NEXT_SLOTS, stage=stage, by=by)
    entering = [*regulars[PAST_TICKETS:], *(pair for pair, walker in pairs if walker.fate == "booked")]
    for number, pair in enumerate(entering):
        _enter(coming, pair, number=number, at=now - timedelta(minutes=50 - number))


def _make(name: str, *, opens_at: datetime, count: int, stage: Stage, by: User) -> Release:
    """Return a release of the last slots that may open at its moment and have their staff; made three days before."""
    made_at = opens_at - timedelta(days=3)
    slots = find_releasable(stage.project, opens_at=opens_at, now=made_at).alias(people=staff_count())
    chosen = list(slots.filter(people__gte=stage.project.min_staff))[-count:]
    return make_release(
        stage.project,
        name=name,
        opens_at=opens_at,
        slot_ids=[slot.pk for slot in chosen],
        by=by,
        now=made_at,
    )


def _enter(release: Release, pair: Pair, *, number: int, at: datetime) -> None:
    """Enter the pair with three wishes; every second is signed by the partner, too."""
    slots: list[Slot] = list(release.slots.order_by("starts_at", "pk"))
    wished = [slots[(number + step) % len(slots)].pk for step in (1, 2, 3)]
    wishes = list(dict.fromkeys(wished))
    ticket = enter_ticket(release, pair=pair, slot_ids=wishes, by=pair.person_a, now=at)
    if number % 2 == 0:
        sign_ticket(ticket, seen=wishes, by=pair.person_b, now=at + timedelta(minutes=5))
