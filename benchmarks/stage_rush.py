"""
The two ends of a rush, inside Django: `python -m benchmarks.stage_rush make|plan|draw|count JSON` prints a line.

The crowd is written straight into the tables as `benchmarks/crowd.py` does, slots and their rota by the rules.
"""

import json
import os
import random
import sys
import time
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.access import Role  # noqa: E402
from accounts.models import User  # noqa: E402
from benchmarks.booking_variants import count_up, take_belts_off  # noqa: E402
from benchmarks.crowd import CHUNK  # noqa: E402
from benchmarks.rush_past import write_past, write_qualified  # noqa: E402
from config.tasks import analyze_tables  # noqa: E402
from scheduling import invariants  # noqa: E402
from scheduling.draws import draw_release  # noqa: E402
from scheduling.models import Pair, Project, Release, Slot, TicketStatus  # noqa: E402
from scheduling.releases import make_release  # noqa: E402
from scheduling.tickets import enter_ticket, sign_ticket  # noqa: E402
from tests.factories import SHANGHAI, make_booth, make_slot, make_staff  # noqa: E402
from tests.races.scenes import look, wait_for_the_killed  # noqa: E402

HOURS = (9, 14, 19)
# Booking is open for 14 days ahead and closes one day before.
DAYS = range(2, 13)


def make(
    *,
    pairs: int,
    slots: int,
    clients: int,
    tries: int,
    variant: str,
    people_behind: int = 0,
    slots_behind: int = 0,
) -> dict[str, Any]:
    """
    Fill an empty database; return the clients: each with a session, its pair and the pages of the slots it wants.

    As many people as pairs, each in two of them, so that two pairs may want one person at one
    time in two booths. The first slots are wanted most. The project has so many more people and
    slots behind it.
    """
    now = timezone.now()
    call_command("publish_notices", verbosity=0)
    with transaction.atomic():
        project = Project.objects.create(slug="rush", name="Rush")
        made = _write_pairs(write_qualified(pairs, project, now=now), project, now=now)
        places = [
            reverse("scheduling:slot_detail", args=[slot.pk]) for slot in _make_slots(slots, project, now=now)
        ]
        people = [(pair, (pair.person_a, pair.person_b)[turn]) for turn in (0, 1) for pair in made]
        sessions = _sign_in([person for _pair, person in people[:clients]])
    write_past(project, people=people_behind, slots=slots_behind, now=now)
    analyze_tables()  # as the worker does each hour
    take_belts_off(variant=variant)
    dice = random.Random(7)  # noqa: S311
    return {
        "sold_before": count_up()["bookings"],
        "clients": [
            {"session": key, "pair": pair.pk, "slots": _wishes(places, dice, count=tries)}
            for (pair, _person), key in zip(people, sessions, strict=False)
        ],
    }


def _write_pairs(people: list[User], project: Project, *, now: datetime) -> list[Pair]:
    """Pair each with the next, in a ring."""
    ring = zip(people, [*people[1:], people[0]], strict=True)
    both = [sorted(two, key=lambda person: person.pk) for two in ring]
    return Pair.objects.bulk_create(
        [Pair(project=project, person_a=a, person_b=b, made_at=now) for a, b in both], batch_size=CHUNK
    )


def _make_slots(count: int, project: Project, *, now: datetime) -> list[Slot]:
    """Return slots in two booths or more, three a day; a rota of two on each."""
    today = now.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    times = [(today + timedelta(days=day)).replace(hour=hour) for day in DAYS for hour in HOURS]
    booths = [make_booth() for _number in range(max(2, -(-count // len(times))))]
    wanted = [(at, booth) for at in times for booth in booths][:count]
    return [make_slot(project=project, booth=booth, starts_at=at, now=now) for at, booth in wanted]


def _sign_in(people: list[User]) -> list[str]:
    """Return the keys of new sessions, as signing in leaves them."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = []
    for person in people:
        session = store()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


def _wishes(places: list[str], dice: random.Random, *, count: int) -> list[str]:
    """Return different slots, the first of all most likely."""
    weight = {place: dice.expovariate(1 / (rank + 2)) for rank, place in enumerate(places)}
    return sorted(places, key=lambda place: weight[place])[:count]


def plan(*, in_s: float) -> dict[str, Any]:
    """Let all slots open together in so many seconds; return the moment."""
    return {"opens_at": _plan(in_s=in_s).opens_at.isoformat()}


def _plan(*, in_s: float) -> Release:
    project = Project.objects.get()
    Project.objects.update(release_fixed_minutes=0)
    project.refresh_from_db()
    manager = User.objects.filter(groups__name=Role.MANAGER).first() or make_staff(Role.MANAGER)
    slot_ids = list(Slot.objects.values_list("pk", flat=True))
    now = timezone.now()
    opens_at = now + timedelta(seconds=in_s)
    return make_release(project, name="Rush", opens_at=opens_at, slot_ids=slot_ids, by=manager, now=now)


def draw(*, wishes: int) -> dict[str, Any]:
    """
    Enter every second pair, whose people are in no other, with so many wishes for the release of all slots; draw it.

    Every other ticket is signed by both. Return the counts, the CPU (ms) of entering and of drawing
    one ticket, and what the sweeps find.
    """
    release, dice = _plan(in_s=3600), random.Random(7)  # noqa: S311
    slot_ids, now = list(release.slots.values_list("pk", flat=True)), timezone.now()
    pairs = list(Pair.objects.select_related("project", "person_a", "person_b").order_by("pk"))[::2]
    began = time.process_time()
    for number, pair in enumerate(pairs):
        chosen = dice.sample(slot_ids, wishes)
        ticket = enter_ticket(release, pair=pair, slot_ids=chosen, by=pair.person_a, now=now)
        if number % 2:
            sign_ticket(ticket, seen=chosen, by=pair.person_b, now=now)
    entered = time.process_time()
    drawn = draw_release(release, now=release.opens_at)
    ended = time.process_time()
    return {
        "tickets": len(pairs),
        "drawn": drawn,
        "won": release.tickets.filter(status=TicketStatus.WON).count(),
        "enter_cpu_ms": round((entered - began) * 1000 / len(pairs), 2),
        "draw_cpu_ms": round((ended - entered) * 1000 / len(pairs), 2),
    }


def count() -> dict[str, Any]:
    """Return what is sold, and what the sweeps find, once the killed are gone."""
    wait_for_the_killed()
    left, counted = look(), count_up()
    return {
        "database": connection.vendor,
        "sold": counted["bookings"],
        "overlaps": counted["overlaps"],
        "deadlocks": left["deadlocks"],
        # The first few name what is wrong; there may be one for every booking.
        "broken": [*left["broken"], *invariants.broken_rota(), *invariants.broken_releases()][:5],
    }


if __name__ == "__main__":
    told = {"make": make, "plan": plan, "draw": draw, "count": count}[sys.argv[1]](**json.loads(sys.argv[2]))
    print(json.dumps(told))  # noqa: T201
