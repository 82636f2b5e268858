"""Weekly templates: the slots that come again in a booth, in the city's own time, and their exceptions. Rule: R-18."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import timetable
from scheduling.models import Booth, ExceptionKind, Project, SlotTemplate, TemplateException
from scheduling.retries import retried


class SlotRefused(ValidationError):
    """
    A slot, a template or a plan of them is refused.

    Codes: "grid", "midnight", "past", "overlap", "blackout", "booth_closed", "exists", "range",
    "weekday", "booked", "reason", "moved", "changed".
    """


@retried
@transaction.atomic
def create_templates(
    *,
    project: Project,
    booth: Booth,
    times: Iterable[tuple[int, time]],
    valid_from: date,
    valid_to: date | None = None,
    now: datetime,
) -> list[SlotTemplate]:
    """
    Make one template for each (weekday, start), all or none.

    Raise SlotRefused: "past" when the last day is over in the city, else as `create_template`. Rule: R-18.
    """
    if valid_to is not None and valid_to < _today_in(booth, now=now):
        raise SlotRefused(_("The last day is past. Choose a later one, or leave it empty."), code="past")
    return [
        create_template(
            project,
            booth=booth,
            weekday=weekday,
            starts_time=starts_time,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        for weekday, starts_time in times
    ]


@retried
@transaction.atomic
def create_template(
    project: Project,
    *,
    booth: Booth,
    weekday: int,
    starts_time: time,
    valid_from: date,
    valid_to: date | None = None,
) -> SlotTemplate:
    """
    Return a new weekly template: a slot that comes again every week, in the city's local time.

    Raise SlotRefused: "grid" (not a full or half hour), "midnight" (goes on into the next
    day), "range" (ends before it begins), "overlap" (nearer to another template of the
    booth than the turnover, also across the end of the week). Locks the booth row. Rule: R-18.
    """
    check_time(starts_time, minutes=project.slot_minutes)
    if valid_to is not None and valid_to < valid_from:
        raise SlotRefused(_("The last day lies before the first. Choose a later one."), code="range")
    Booth.objects.select_for_update(no_key=True).get(pk=booth.pk)
    _check_room(project, booth=booth, weekday=weekday, starts_time=starts_time, valid=(valid_from, valid_to))
    return SlotTemplate.objects.create(
        project=project,
        booth=booth,
        weekday=weekday,
        starts_time=starts_time,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def check_time(starts_time: time, *, minutes: int) -> None:
    """Raise SlotRefused: "grid", "midnight" when a slot of that length cannot begin at this time of a day."""
    if not timetable.is_on_grid(starts_time):
        raise SlotRefused(_("Slots begin at a full or half hour."), code="grid")
    if starts_time.hour * 60 + starts_time.minute + minutes > timetable.MINUTES_A_DAY:
        raise SlotRefused(_("A slot ends on the day it begins. Choose an earlier time."), code="midnight")


def _check_room(
    project: Project, *, booth: Booth, weekday: int, starts_time: time, valid: tuple[date, date | None]
) -> None:
    """Raise SlotRefused(code="overlap") when another template of the booth is nearer than the turnover."""
    for other in SlotTemplate.objects.filter(booth=booth).select_related("project", "booth__studio"):
        is_near = timetable.weekly_spans_clash(
            (weekday, starts_time),
            (other.weekday, other.starts_time),
            minutes=max(project.slot_minutes, other.project.slot_minutes),
            pause=max(project.turnover_minutes, other.project.turnover_minutes),
        )
        if is_near and timetable.ranges_meet(valid, (other.valid_from, other.valid_to)):
            raise SlotRefused(
                _("This is too near to the template %(other)s. Choose another time or another booth."),
                code="overlap",
                params={"other": other},
            )


def end_template(template: SlotTemplate, *, on: date) -> None:
    """
    Let the template make no slot after `on`. Slots that are published already stay.

    Raise SlotRefused(code="range") for a day before its first or after its last. Rule: R-18.
    """
    if on < template.valid_from or (template.valid_to is not None and on > template.valid_to):
        raise SlotRefused(_("Choose a day while the template is valid."), code="range")
    template.valid_to = on
    template.save(update_fields=["valid_to"])


def leave_out(template: SlotTemplate, *, on: date, reason: str, by: User, now: datetime) -> TemplateException:
    """
    Let the template make no slot on one of its days. A slot that is published already stays.

    Raise SlotRefused: "past", "range" (not valid then), "weekday" (it makes none on that
    day), "exists" (left out already). Rule: R-18.
    """
    _check_day(template, on=on, now=now)
    if on.weekday() != template.weekday:
        raise SlotRefused(
            _("This template makes no slot on that day. Choose a %(weekday)s."),
            code="weekday",
            params={"weekday": template.get_weekday_display()},
        )
    row, is_new = TemplateException.objects.get_or_create(
        template=template,
        on=on,
        kind=ExceptionKind.LEFT_OUT,
        defaults={"reason": reason.strip(), "made_by": by, "made_at": now},
    )
    if not is_new:
        raise SlotRefused(_("This day is left out already."), code="exists")
    return row


@retried
@transaction.atomic
def add_one_off(
    template: SlotTemplate, *, on: date, starts_time: time, reason: str, by: User, now: datetime
) -> TemplateException:
    """
    Let the template make a slot at another time on one day, besides its own; leave that one out to move it.

    Raise SlotRefused: "past", "range" (not valid then), "grid", "midnight", "exists" (its own
    time, or named already). What else lies in the booth then, publishing says. Rule: R-18.
    """
    _check_day(template, on=on, now=now)
    check_time(starts_time, minutes=template.project.slot_minutes)
    is_own = on.weekday() == template.weekday and starts_time == template.starts_time
    rows = TemplateException.objects.filter(
        template=template, on=on, starts_time=starts_time, kind=ExceptionKind.ONE_OFF
    )
    if is_own or rows.exists():
        raise SlotRefused(_("The template makes a slot at this time already."), code="exists")
    return TemplateException.objects.create(
        template=template,
        on=on,
        kind=ExceptionKind.ONE_OFF,
        starts_time=starts_time,
        reason=reason.strip(),
        made_by=by,
        made_at=now,
    )


def remove_exception(exception: TemplateException) -> None:
    """Let the template do on the day what it does on others. Slots that are published already stay. Rule: R-18."""
    TemplateException.objects.filter(pk=exception.pk).delete()


def _check_day(template: SlotTemplate, *, on: date, now: datetime) -> None:
    if on < _today_in(template.booth, now=now):
        raise SlotRefused(_("This day is past. Choose a later one."), code="past")
    if on < template.valid_from or (template.valid_to is not None and on > template.valid_to):
        raise SlotRefused(_("Choose a day while the template is valid."), code="range")


def _today_in(booth: Booth, *, now: datetime) -> date:
    """Return the day it is in the booth's city."""
    return now.astimezone(ZoneInfo(booth.studio.city.timezone)).date()
