"""What the journeys of waiting lists and open seats need before people come: scenes of `stage.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.access import Role
from accounts.models import User
from scheduling import attendance, bookings, waiting
from scheduling.models import Booking, Pair, Project, Slot, Studio
from tests import factories

Join = Callable[..., User]
Phone = Callable[[], str]
# News goes at whatever hour the journeys are made; the start is far enough ahead for the longer offer.
FIGURES = {"quiet_from_hour": 0, "quiet_to_hour": 0}


def make_line(
    join: Join, phone: Phone, *, slug: str, is_joined: bool, is_turned_away: bool, now: datetime
) -> dict[str, Any]:
    """
    Make a full slot for which a pair waits, or two who may; `join` brings a person, `phone` a free number.

    When one of them was turned away before, another pair came to the list earlier.
    """
    project = factories.make_project(slug=slug, name=f"候补{slug}", **FIGURES)
    days_ago = now - timedelta(days=5)
    pair = _make_pair(join, project=project, now=days_ago)
    slot = _make_slot(project, phone=phone, days=6, now=days_ago)
    factories.make_booking(slot=slot, pair=_make_pair(join, project=project, now=days_ago), now=days_ago)
    if is_turned_away:
        failed = factories.make_booking(
            slot=_make_slot(project, phone=phone, days=-2, now=days_ago), pair=pair, now=days_ago
        )
        operator, at = failed.slot.shifts.all()[0].person, failed.slot.starts_at
        attendance.record_attendance(failed, person=pair.person_a, outcome="turned_away", by=operator, now=at)
        bookings.write_off_booking(failed, by=operator, now=at, reason="停电")
        others = _make_pair(join, project=project, now=days_ago)
        waiting.join_line(slot.pk, pair=others, by=others.person_a, now=days_ago)
    if is_joined:
        waiting.join_line(slot.pk, pair=pair, by=pair.person_a, now=now)
    return {"slot": slot.pk, "people": [pair.person_a, pair.person_b]}


def _make_pair(join: Join, *, project: Project, now: datetime) -> Pair:
    return factories.make_pair(join("候一", now=now), join("候二", now=now), project=project, now=now)


def _make_slot(project: Project, *, phone: Phone, days: int, now: datetime) -> Slot:
    start = now.astimezone(factories.SHANGHAI).replace(hour=9, minute=0, second=0, microsecond=0)
    at = start + timedelta(days=5 + days)
    studio = Studio.objects.create(
        city=factories.make_city(), name=f"{project.slug} {Studio.objects.count()}", address="-"
    )
    booth = factories.make_booth(studio=studio)
    slot = factories.make_slot(project=project, booth=booth, starts_at=at, staff=0, now=now)
    manager = User.objects.filter(groups__name=Role.MANAGER).earliest("pk")
    for _number in range(project.min_staff):
        person = factories.make_staff(Role.OPERATOR, phone=phone(), joined_at=now)
        factories.make_shift(slot, person=person, by=manager, now=now)
    return slot


def free_line(slot: int, *, now: datetime) -> dict[str, Any]:
    """Let those who have the slot cancel it; return who is offered it."""
    booking = Booking.objects.get(slot=slot, status="confirmed")
    bookings.cancel_booking(booking, by=booking.pair.person_a, now=now)
    offer = Booking.objects.get(slot=slot, status="held")
    return {"booking": offer.pk}


def let_offer_pass(booking: int) -> dict[str, Any]:
    """Let the time of an offer be over, as if two hours had gone by."""
    offer = Booking.objects.get(pk=booking)
    assert offer.expires_at is not None
    return {"expired": bookings.expire_bookings(now=offer.expires_at)}
