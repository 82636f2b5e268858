"""What the workers of the race tests do: prepare a scene, act in it, and look at what is left."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from unittest import mock

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from scheduling import bookings, holds, invariants, rota
from scheduling.claims import write_booking_event
from scheduling.models import Booking, BookingEvent, FormKey, OpenSeat, Pair, Project, Shift, Slot
from scheduling.occupancy import TICK
from tests.factories import NOW, make_booth, make_pair, make_person, make_project, make_slot

LIVE = ["held", "awaiting", "confirmed", "checked_in", "completed"]


def make_storm(*, people: int, pairs: int, days: int) -> dict[str, list[int]]:
    """
    Prepare two booths with three slots a day, and pairs that share people.

    Person n makes pairs with n + 1, n + 2 …: most people are in several pairs, so that
    two pairs may want the same person at the same time in two booths.
    """
    with transaction.atomic():
        project = make_project(max_live_bookings=99, max_sessions_per_pair=99, max_sessions_per_person=99)
        crowd = [make_person() for _number in range(people)]
        made = [
            make_pair(
                crowd[number % people], crowd[(number + 1 + number // people) % people], project=project
            )
            for number in range(pairs)
        ]
        booths = [make_booth(), make_booth()]
        starts = [
            (NOW + timedelta(days=day)).replace(hour=hour)
            for day in range(2, 2 + days)
            for hour in (9, 14, 19)
        ]
        slots = [make_slot(project=project, booth=booth, starts_at=at) for at in starts for booth in booths]
    return {"pairs": [pair.pk for pair in made], "slots": [slot.pk for slot in slots]}


def press(*, pair: int, slot: int, now: str | None = None) -> str:
    """Hold the slot for the pair; return "held" or the code of the refusal. Everything else is an error."""
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    at = datetime.fromisoformat(now) if now else NOW
    try:
        bookings.hold_slot(slot, pair=found, by=found.person_a, now=at)
    except ValidationError as refusal:
        return str(refusal.code)
    return "held"


def storm(*, clients: list[list[list[int]]]) -> dict[str, int]:
    """Let the clients come one after the other; each tries its (pair, slot)s until it has one. Count the answers."""
    answers: Counter[str] = Counter()
    for tries in clients:
        for pair, slot in tries:
            answer = press(pair=pair, slot=slot)
            answers[answer] += 1
            if answer == "held":
                break
    return dict(answers)


def wait_for(flag: Path, *, patience_s: float = 10) -> None:
    """Wait until another worker has raised the flag: it is in the middle of something now."""
    until = monotonic() + patience_s
    while not flag.exists() and monotonic() < until:
        sleep(0.005)


def stay_at_it(done: Path | None = None) -> None:
    """
    Stay in the transaction until somebody waits for it, or has raised the flag `done`.

    On SQLite nobody can see who waits: it is left after a moment.
    """
    is_postgres = connection.vendor == "postgresql"
    until = monotonic() + (10 if is_postgres else 0.2)
    while monotonic() < until and not (done and done.exists()) and not (is_postgres and _has_waiter()):
        sleep(0.005)


def _has_waiter() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def look() -> dict[str, Any]:
    """Return what is left: live bookings, slots sold, what the sweeps find, deadlocks the server counted."""
    live = Booking.objects.filter(status__in=LIVE)
    return {
        "live": live.count(),
        "slots": live.values("slot").distinct().count(),
        "broken": [
            *invariants.broken_bookings(),
            *invariants.broken_occupancy(),
            *invariants.broken_rota(now=NOW),
        ],
        "deadlocks": count_deadlocks(),
    }


def wait_for_the_killed() -> None:
    """Wait until PostgreSQL has noticed that clients are gone and undone what they had begun."""
    if connection.vendor != "postgresql":
        return
    others = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'
          AND pid <> pg_backend_pid() AND state <> 'idle'
    """
    with connection.cursor() as cursor:
        for _try in range(400):
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
            threading.Event().wait(0.01)
    raise AssertionError("a killed client's transaction does not end")


def count_deadlocks() -> int:
    """Return how many deadlocks the server counted in the database since it was made."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def take_guard_off() -> None:
    """Count, then insert, as others do: for the negative control, in this process only."""
    mock.patch.object(holds, "_hold_under_lock", _insert_without_looking).start()


def put_guard_on() -> None:
    """Undo `take_guard_off`."""
    mock.patch.stopall()


def _insert_without_looking(slot_id: int, *, pair: Pair, by: Any, now: datetime) -> Booking:
    booking = Booking.objects.create(
        project=pair.project,
        slot_id=slot_id,
        pair=pair,
        booked_by=by,
        made_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    write_booking_event(booking, old="", by=by, at=now)
    # The others look meanwhile: a look takes a few ms, and the control must not hang on its speed.
    threading.Event().wait(0.01)
    return booking


def drop_belts() -> None:
    """Take the constraints away that would stop the negative control."""
    statements = ["DROP INDEX one_live_booking_per_slot"]
    if connection.vendor == "postgresql":
        statements.append("DROP TRIGGER scheduling_booking_span ON scheduling_booking")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def make_ring(*, rounds: int) -> list[dict[str, list[int]]]:
    """
    Prepare rounds of three people in three pairs (swapped partners) and three booths at one time.

    Whoever is first shuts both others out, each through another person.
    """
    scenes = []
    with transaction.atomic():
        project = make_project(max_live_bookings=99, max_sessions_per_pair=99, max_sessions_per_person=99)
        booths = [make_booth() for _number in range(3)]
        a, b, c = (make_person() for _number in range(3))
        ring = [make_pair(one, other, project=project) for one, other in [(a, b), (c, b), (a, c)]]
        for number in range(rounds):
            at = (NOW + timedelta(days=2 + number // 3)).replace(hour=(9, 14, 19)[number % 3])
            slots = [make_slot(project=project, booth=booth, starts_at=at) for booth in booths]
            scenes.append({"pairs": [pair.pk for pair in ring], "slots": [slot.pk for slot in slots]})
    return scenes


def make_bookings(*, count: int, status: str, min_staff: int = 2) -> list[dict[str, Any]]:
    """Prepare bookings of two people and two more pairs each, all at one time in booths of their own."""
    scenes = []
    with transaction.atomic():
        project = make_project(min_staff=min_staff)
        for _number in range(count):
            pair = make_pair(make_person(), make_person(), project=project)
            others = make_pair(make_person(), make_person(), project=project)
            slot = make_slot(project=project)
            booking = bookings.hold_slot(slot.pk, pair=pair, by=pair.person_a, now=NOW)
            if status == "awaiting":
                bookings.confirm_hold(booking, by=pair.person_a, now=NOW)
            scenes.append(
                {
                    "booking": booking.pk,
                    "slot": slot.pk,
                    "pair": pair.pk,
                    "others": others.pk,
                    "shift": slot.shifts.all()[0].pk,
                    "expires_at": booking.expires_at.isoformat() if booking.expires_at else "",
                }
            )
    return scenes


def confirm(*, booking: int, now: str) -> str:
    """Confirm the hold; return "awaiting" or the code of the refusal."""
    found = Booking.objects.get(pk=booking)
    try:
        bookings.confirm_hold(found, by=found.booked_by, now=datetime.fromisoformat(now))
    except ValidationError as refusal:
        return str(refusal.code)
    return found.status


def accept(*, booking: int) -> dict[str, Any]:
    """Say yes for the partner, and tell when the staff was counted and when the yes was written."""
    found = Booking.objects.get(pk=booking)
    probe = Probe(bookings, "check_staff"), Probe(bookings, "move_booking_status")
    try:
        with probe[0], probe[1]:
            bookings.accept_booking(found, by=found.pair.person_b, now=NOW)
    except ValidationError as refusal:
        return {"answer": str(refusal.code)}
    return {"answer": found.status, "counted_at": probe[0].ended_at, "written_at": probe[1].ended_at}


def withdraw(*, shift: int) -> dict[str, Any]:
    """Take somebody off the rota, and tell when that was written."""
    found = Shift.objects.get(pk=shift)
    with Probe(rota, "move_shift") as probe:
        rota.withdraw_shift(found, by=found.person, now=NOW, reason="ill")
    return {"answer": "withdrawn", "written_at": probe.ended_at}


class Probe:
    """Notes when a function ended, by the machine's clock, and changes nothing."""

    def __init__(self, module: Any, name: str) -> None:
        self.inner = getattr(module, name)
        self.patch = mock.patch.object(module, name, self._run)
        self.ended_at = 0.0

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        value = self.inner(*args, **kwargs)
        self.ended_at = monotonic()
        return value

    def __enter__(self) -> "Probe":
        self.patch.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.patch.stop()


def sweep_overdue(*, now: str) -> int:
    """Run the sweeper."""
    return bookings.expire_bookings(now=datetime.fromisoformat(now))


def move(*, booking: int, to_slot: int) -> str:
    """Move the booking; return "moved" or the code of the refusal."""
    found = Booking.objects.select_related("pair").get(pk=booking)
    try:
        bookings.move_booking(found, to_slot_id=to_slot, by=found.booked_by, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return "moved"


def history(*, booking: int) -> list[str]:
    """Return the statuses that the booking went through, by its events."""
    return list(BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("new", flat=True))


def statuses() -> dict[str, int]:
    """Count the bookings by status."""
    return dict(Counter(Booking.objects.values_list("status", flat=True)))


def make_free_slots(*, count: int) -> list[int]:
    """Prepare more slots of the project, a day after the others."""
    project = Project.objects.get()
    at = (NOW + timedelta(days=6)).replace(hour=9)
    with transaction.atomic():
        return [make_slot(project=project, starts_at=at).pk for _number in range(count)]


def expire_one(*, booking: int, now: str) -> bool:
    """Expire one booking, as the sweeper does."""
    return holds.expire_booking(booking, now=datetime.fromisoformat(now))


def write_past_the_rules(*, way: str) -> str:
    """Write an overlap without the rules and without Occupancy; return the constraint that refused it."""
    (scene,) = make_bookings(count=1, status="awaiting")
    booking = Booking.objects.select_related("slot__booth", "pair").get(pk=scene["booking"])
    project, slot, at = booking.project, booking.slot, booking.slot.starts_at
    (later,) = make_free_slots(count=1)
    row = {"project": project, "booked_by": booking.booked_by, "made_at": NOW, "expires_at": NOW}
    try:
        with transaction.atomic():
            if way == "second_booking_of_a_booth":
                near = Slot.objects.create(
                    project=project, booth=slot.booth, starts_at=slot.ends_at, ends_at=slot.ends_at + TICK
                )
                Booking.objects.create(slot=near, pair_id=scene["others"], **row)
            elif way == "second_booking_of_a_person":
                beside = make_slot(project=project, starts_at=at, staff=0)
                Booking.objects.create(slot=beside, pair=booking.pair, **row)
            elif way == "shift_of_a_speaker":
                beside = make_slot(project=project, starts_at=at, staff=0)
                Shift.objects.create(slot=beside, person=booking.pair.person_a)
            elif way == "seat_of_a_speaker":
                beside = make_slot(project=project, starts_at=at, staff=0)
                OpenSeat.objects.create(
                    project=project, slot=beside, person=booking.pair.person_a, taken_at=NOW, expires_at=at
                )
            elif way == "seat_in_a_booked_booth":
                stranger = make_person()
                OpenSeat.objects.create(
                    project=project, slot=slot, person=stranger, taken_at=NOW, expires_at=at
                )
            else:
                Booking.objects.create(slot_id=later, pair_id=booking.pair_id, **row)
                Slot.objects.filter(pk=later).update(starts_at=at, ends_at=at + timedelta(hours=3))
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    return "nothing"


def count_spans() -> dict[str, int]:
    """Count the spans that the triggers keep (PostgreSQL)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(booking_id), count(shift_id), count(seat_id) FROM scheduling_span")
        of_bookings, of_shifts, of_seats = cursor.fetchone()
    return {"booking": of_bookings, "shift": of_shifts, "seat": of_seats}


def make_browsers(*, pairs: list[int]) -> dict[int, str]:
    """Sign one of each pair in; return the session keys by pair."""
    found = Pair.objects.filter(pk__in=pairs).select_related("person_a")
    keys = {}
    for pair in found:
        client = Client()
        client.force_login(pair.person_a)
        keys[pair.pk] = str(client.session.session_key)
    return keys


def send_forms(*, presses: list[list[Any]]) -> dict[str, int]:
    """Send the hold forms of (pair, session key, slot, form key); count the answers by what they say."""
    answers: Counter[str] = Counter()
    for pair, session_key, slot, form_key in presses:
        client = Client(SERVER_NAME="localhost")
        client.cookies["sessionid"] = session_key
        with mock.patch("django.utils.timezone.now", return_value=NOW):
            response = client.post(
                reverse("scheduling:slot_detail", args=[slot]), {"pair": pair, "form_key": form_key}
            )
        answers[str(response.status_code)] += 1
    return dict(answers)


def count_form_keys() -> dict[str, int]:
    """Count the keys whose answer is kept, and those that seem to be running."""
    kept = FormKey.objects.exclude(answered_at=None).count()
    return {"kept": kept, "running": FormKey.objects.filter(answered_at=None).count()}
