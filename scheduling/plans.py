"""
What publishing would make: each slot that the weekly templates ask for, and what stands in its way. Rule: R-18.

Reads only. `slots.publish_slots` makes what is planned here. See docs/decisions/0020.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from scheduling import timetable
from scheduling.models import (
    Blackout,
    Booth,
    ExceptionKind,
    Project,
    Slot,
    SlotStatus,
    SlotTemplate,
    TemplateException,
)
from scheduling.weekly import SlotRefused

# Longer ahead nobody knows the opening hours; and one press never writes tens of thousands of rows.
MAX_DAYS_AT_ONCE = 92

Span = tuple[datetime, datetime]


class Obstacle(TextChoices):
    """Why a slot that a template asks for is not made."""

    EXISTS = "exists", _("Exists already")
    OVERLAP = "overlap", _("Another slot is too near")
    BLACKOUT = "blackout", _("Blackout")
    LEFT_OUT = "left_out", _("Left out on this day")
    CLOCK = "clock", _("The clocks jump over this time")
    MIDNIGHT = "midnight", _("Would go past midnight")


@dataclass(frozen=True)
class PlannedSlot:
    """
    A slot that a template asks for: `on` and `starts_time` are the city's own; `obstacle` is "" when it can be made.

    `note` says more of the obstacle in somebody's own words: the reason of a blackout or an exception.
    """

    template: SlotTemplate
    on: date
    starts_time: time
    starts_at: datetime
    ends_at: datetime
    obstacle: str = ""
    note: str = ""
    is_one_off: bool = False

    @property
    def booth(self) -> Booth:
        return self.template.booth

    @property
    def obstacle_words(self) -> str:
        return str(Obstacle(self.obstacle).label) if self.obstacle else ""


def plan_slots(
    *,
    project: Project,
    from_on: date,
    to_on: date,
    now: datetime,
    booth_ids: Collection[int] | None = None,
) -> list[PlannedSlot]:
    """
    Return what publishing these days (both included) would make, and what stands in its way.

    Closed booths and studios and times that are past ask for nothing; `booth_ids` narrows it.
    Raise SlotRefused(code="range") when the days are in the wrong order or too many.
    Four queries at most, whatever the number of templates. Rule: R-18.
    """
    if not 0 <= (to_on - from_on).days < MAX_DAYS_AT_ONCE:
        raise SlotRefused(
            _("Choose a first and a last day, at most %(days)d days apart."),
            code="range",
            params={"days": MAX_DAYS_AT_ONCE},
        )
    wanted = _wanted(project, from_on=from_on, to_on=to_on, booth_ids=booth_ids)
    asked = sorted(
        (slot for slot in wanted if slot.starts_at > now),
        key=lambda slot: (slot.starts_at, slot.template.booth_id, slot.is_one_off),
    )
    if not asked:
        return []
    blackouts = list(Blackout.objects.standing().meeting(from_on, to_on))
    taken, closed = spans_of(
        {slot.template.booth_id for slot in asked}, asked[0].starts_at, max(slot.ends_at for slot in asked)
    )
    pause = timedelta(minutes=project.turnover_minutes)
    planned = []
    for slot in asked:
        others = taken[slot.template.booth_id]
        if slot.obstacle:
            checked = slot
        elif (slot.template.booth_id, slot.starts_at) in closed:
            checked = replace(slot, obstacle=Obstacle.EXISTS.value, note="")
        else:
            checked = _checked(slot, others, blackouts=blackouts, pause=pause)
        planned.append(checked)
        if not checked.obstacle:
            others.append((slot.starts_at, slot.ends_at))
    return planned


def _wanted(
    project: Project, *, from_on: date, to_on: date, booth_ids: Collection[int] | None
) -> Iterator[PlannedSlot]:
    """Yield every slot that the templates of open booths ask for on these days, past ones too."""
    templates = SlotTemplate.objects.filter(
        project=project, booth__is_open=True, booth__studio__is_open=True, valid_from__lte=to_on
    ).filter(Q(valid_to=None) | Q(valid_to__gte=from_on))
    if booth_ids is not None:
        templates = templates.filter(booth__in=booth_ids)
    exceptions = TemplateException.objects.filter(on__range=(from_on, to_on))
    templates = templates.select_related("booth__studio__city").prefetch_related(
        Prefetch("exceptions", queryset=exceptions, to_attr="exceptions_then")
    )
    for template in templates:
        first_on, last_on = max(from_on, template.valid_from), min(to_on, template.valid_to or to_on)
        exceptions_then: list[TemplateException] = template.exceptions_then
        left_out = {row.on: row for row in exceptions_then if row.kind == ExceptionKind.LEFT_OUT}
        for on in timetable.weekdays_between(first_on, last_on, weekday=template.weekday):
            yield _asked(template, project=project, on=on, at=template.starts_time, left_out=left_out.get(on))
        for row in exceptions_then:
            if row.starts_time is not None and first_on <= row.on <= last_on:
                yield _asked(template, project=project, on=row.on, at=row.starts_time, one_off=row)


def _asked(
    template: SlotTemplate,
    *,
    project: Project,
    on: date,
    at: time,
    left_out: TemplateException | None = None,
    one_off: TemplateException | None = None,
) -> PlannedSlot:
    """Return the slot of a day, with the obstacles that lie in its own time."""
    zone = zone_of(template.booth)
    span = timetable.slot_span(on, at, minutes=project.slot_minutes, zone=zone)
    obstacle, note = "", one_off.reason if one_off else ""
    if left_out is not None:
        obstacle, note = Obstacle.LEFT_OUT.value, left_out.reason
    elif span is None:
        obstacle = Obstacle.CLOCK.value
    elif timetable.passes_midnight(*span, zone=zone):
        obstacle = Obstacle.MIDNIGHT.value
    starts_at = datetime.combine(on, at, tzinfo=zone)
    starts_at, ends_at = span or (starts_at, starts_at + timedelta(minutes=project.slot_minutes))
    return PlannedSlot(
        template, on, at, starts_at, ends_at, obstacle=obstacle, note=note, is_one_off=one_off is not None
    )


def _checked(
    slot: PlannedSlot, others: list[Span], *, blackouts: Iterable[Blackout], pause: timedelta
) -> PlannedSlot:
    """Return the slot with what stands in its way, "" when nothing does."""
    span = (slot.starts_at, slot.ends_at)
    if any(other[0] == span[0] for other in others):
        return replace(slot, obstacle=Obstacle.EXISTS.value, note="")
    blackout = next((one for one in blackouts if one.covers(slot.booth, on=slot.on)), None)
    if blackout is not None:
        return replace(slot, obstacle=Obstacle.BLACKOUT.value, note=blackout.reason)
    if any(timetable.spans_clash(span, other, pause=pause) for other in others):
        return replace(slot, obstacle=Obstacle.OVERLAP.value, note="")
    return slot


def spans_of(
    booth_ids: Iterable[int], starts_at: datetime, ends_at: datetime
) -> tuple[defaultdict[int, list[Span]], set[tuple[int, datetime]]]:
    """
    Return the open slots of the booths within a day of the span, by booth, and (booth, start) of the closed ones.

    A closed slot takes no time: another may lie across it. Its own start it keeps, which is unique.
    """
    near = timedelta(days=1)
    spans: defaultdict[int, list[Span]] = defaultdict(list)
    closed = set()
    slots = Slot.objects.filter(
        booth__in=list(booth_ids), starts_at__lt=ends_at + near, starts_at__gt=starts_at - 2 * near
    )
    for booth_id, start, end, status in slots.values_list("booth_id", "starts_at", "ends_at", "status"):
        if status == SlotStatus.OPEN:
            spans[booth_id].append((start, end))
        else:
            closed.add((booth_id, start))
    return spans, closed


def zone_of(booth: Booth) -> ZoneInfo:
    """Return the time zone of the booth's city; `studio__city` should be fetched already."""
    return ZoneInfo(booth.studio.city.timezone)
