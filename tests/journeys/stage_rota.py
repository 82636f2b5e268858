"""A studio with a morning that lacks staff and an afternoon that has it, for who makes the rota and who swaps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.access import Role
from accounts.models import User
from scheduling.models import DayPart, ShiftStatus, Slot, StudioStaff
from scheduling.working_times import set_week
from tests import factories

OPERATORS = ("欧阳", "欧丽", "彭立")


def bring_rota(now: datetime, *, sign_in: Callable[[User], str]) -> dict[str, Any]:
    """Let three operators say that they can always come, two of them have an afternoon; tell everybody's session."""
    project = factories.make_project(slug="rota", name="排班")
    booth = factories.make_booth(name="一号间")
    manager = factories.make_staff(Role.MANAGER, name="马兰", joined_at=now)
    staff = [factories.make_staff(Role.OPERATOR, name=name, joined_at=now) for name in OPERATORS]
    times = {(booth.studio_id, weekday, part.value) for weekday in range(7) for part in DayPart}
    for person in staff:
        StudioStaff.objects.create(studio=booth.studio, person=person)
        set_week(person, times=times, wished_hours=15, by=person, now=now)
    day = now.astimezone(factories.SHANGHAI).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    morning, afternoon = (
        factories.slots.add_slot(project, booth=booth, starts_at=day.replace(hour=hour), by=manager, now=now)
        for hour in (9, 14)
    )
    for person in staff[:2]:
        factories.make_shift(afternoon, person=person, by=manager, now=now)
    return {
        "manager": sign_in(manager),
        "operators": [sign_in(person) for person in staff],
        "week": day.date().isoformat(),
        "morning": morning.pk,
        "afternoon": afternoon.pk,
    }


def look_at_slot(now: datetime, *, slot: int) -> dict[str, Any]:
    """Tell the names of the people on the slot's rota."""
    shifts = Slot.objects.get(pk=slot).shifts.filter(status=ShiftStatus.ASSIGNED)
    return {"names": sorted(shifts.values_list("person__profile__name", flat=True))}
