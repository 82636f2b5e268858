"""The demo's changes of plan: a repair in one studio, a holiday ahead, and weekly slots with exceptions."""

from datetime import date, datetime, time, timedelta

from accounts.models import User
from config.demo.places import Stage
from scheduling.blackouts import declare_blackout
from scheduling.models import Booking, BookingStatus, SlotTemplate
from scheduling.move_requests import ask_each
from scheduling.slot_days import local_day
from scheduling.weekly import add_one_off, leave_out


def change_plans(stage: Stage, *, by: User, now: datetime) -> None:
    """Declare a repair on a day on which somebody has booked, close everything for the new year, except two days."""
    coming = Booking.objects.filter(
        status=BookingStatus.CONFIRMED, slot__starts_at__gt=now, project=stage.project
    ).select_related("slot__booth__studio__city")
    for booking in coming.order_by("-slot__starts_at", "pk")[:1]:
        on = local_day(booking.slot)
        reason = "更换通风设备"
        declare_blackout(
            booking.slot.booth.studio, from_on=on, to_on=on, reason=reason, closes_free=True, by=by, now=now
        )
        ask_each([booking], reason=reason, by=by, now=now)
    new_year = date(now.year + 1, 1, 1)
    declare_blackout(None, from_on=new_year, to_on=new_year, reason="元旦", closes_free=True, by=by, now=now)
    _make_exceptions(stage, by=by, now=now)


def _make_exceptions(stage: Stage, *, by: User, now: datetime) -> None:
    """Leave out one evening in three weeks, and begin earlier on that day."""
    template = SlotTemplate.objects.filter(project=stage.project, starts_time=time(18)).select_related(
        "project", "booth__studio__city"
    )[0]
    ahead = now.date() + timedelta(days=21)
    on = ahead + timedelta(days=(template.weekday - ahead.weekday()) % 7)
    leave_out(template, on=on, reason="棚内团建", by=by, now=now)
    add_one_off(template, on=on, starts_time=time(17, 30), reason="提前半小时", by=by, now=now)
