"""
The ways of taking a slot that `bench_booking` compares with ours.

All look at the same conditions without a lock first, as `hold_slot` does; they differ in how they write.
"""

import os
import resource
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from scheduling import bookings, invariants
from scheduling.claims import write_booking_event
from scheduling.conditions import check_free, check_pair, check_slot, check_staff, local_date
from scheduling.locks import lock_slots
from scheduling.models import Booking, Pair, Slot
from scheduling.occupancy import AlreadyTaken
from scheduling.retries import retried
from tests.factories import NOW
from tests.races.scenes import LIVE


def count_then_insert(slot_id: int, *, pair: Pair, by: Any, now: datetime) -> Booking:
    """Look, then insert."""
    with transaction.atomic():
        return _insert(slot_id, pair=pair, by=by, now=now)


def for_update(slot_id: int, *, pair: Pair, by: Any, now: datetime) -> Booking:
    """Lock the slot's row, look, then insert."""
    with transaction.atomic():
        slot = lock_slots([slot_id])[slot_id]
        check_free(slot, now=now)
        check_staff(slot)
        return _insert(slot_id, pair=pair, by=by, now=now)


def exclusion_only(slot_id: int, *, pair: Pair, by: Any, now: datetime) -> Booking:
    """Insert, and let exclusion constraints refuse an overlap at once (PostgreSQL)."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS scheduling_booking_span, no_span_overlaps IMMEDIATE")
            return _insert(slot_id, pair=pair, by=by, now=now)
    except IntegrityError as error:
        raise AlreadyTaken("taken", code="taken") from error


def _insert(slot_id: int, *, pair: Pair, by: Any, now: datetime) -> Booking:
    booking = Booking.objects.create(
        project=pair.project,
        slot_id=slot_id,
        pair=pair,
        booked_by=by,
        made_at=now,
        expires_at=now + timedelta(hours=1),
    )
    write_booking_event(booking, old="", by=by, at=now)
    return booking


VARIANTS: dict[str, Callable[..., Booking]] = {
    "count then insert": count_then_insert,
    "FOR UPDATE": for_update,
    "exclusion only": exclusion_only,
}


def hold_by(variant: str, *, pause_s: float = 0.0) -> Callable[..., Booking]:
    """
    Return what stands in for `hold_slot`: it looks at the conditions as that does, then writes in its own way.

    A control that must go wrong pauses between the two, so that it does not hang on how quick a look is.
    """

    @retried
    def hold(slot_id: int, *, pair: Pair, by: Any, now: datetime) -> Booking:
        wanted = Slot.objects.select_related("project", "booth__studio__city").get(pk=slot_id)
        check_free(wanted, now=now)
        check_slot(wanted, now=now)
        check_pair(pair, by=by, on=local_date(wanted))
        if pause_s:
            threading.Event().wait(pause_s)
        return VARIANTS[variant](slot_id, pair=pair, by=by, now=now)

    return hold


def take_belts_off(*, variant: str) -> None:
    """Leave only the constraints that belong to the variant."""
    if variant == "ours":
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_live_booking_per_slot")
        if connection.vendor == "postgresql" and variant != "exclusion only":
            cursor.execute("DROP TRIGGER scheduling_booking_span ON scheduling_booking")


def rush(*, variant: str, clients: list[list[list[int]]]) -> dict[str, Any]:
    """Let the clients come one after the other; return the answers and the CPU this process and its server took."""
    answers: Counter[str] = Counter()
    connection.ensure_connection()
    before = _cpu_s()
    for tries in clients:
        for pair, slot in tries:
            answer = _press(variant, pair=pair, slot=slot)
            answers[answer] += 1
            if answer == "held":
                break
    return {"answers": dict(answers), "cpu_s": _cpu_s() - before}


def _press(variant: str, *, pair: int, slot: int) -> str:
    found = Pair.objects.select_related("project", "person_a", "person_b").get(pk=pair)
    try:
        hold = bookings.hold_slot if variant == "ours" else hold_by(variant)
        hold(slot, pair=found, by=found.person_a, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    except DatabaseError as error:
        return f"error: {type(error.__cause__).__name__}"
    return "held"


def _cpu_s() -> float:
    """Return the CPU seconds of this process and of its PostgreSQL backend so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime + _backend_cpu_s()


def _backend_cpu_s() -> float:
    """Return the CPU seconds of the backend that serves this process, when it runs on this machine."""
    if connection.vendor != "postgresql":
        return 0.0
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count_up() -> dict[str, int]:
    """Return bookings, slots sold, and pairs of claims that overlap."""
    live = Booking.objects.filter(status__in=LIVE)
    return {
        "bookings": live.count(),
        "slots": live.values("slot").distinct().count(),
        "overlaps": sum("at one time" in line for line in invariants.broken_bookings()),
    }
