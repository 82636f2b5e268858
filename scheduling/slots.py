"""Slots: made from weekly templates or by hand, opened and closed. Rule: R-18."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from scheduling import rota, timetable
from scheduling.models import Booking, Booth, Project, Slot, SlotEvent, SlotStatus, SlotTemplate
from scheduling.retries import retried
from scheduling.weekly import SlotRefused, create_template, create_templates, end_template

__all__ = [
    "PlannedSlot",
    "SlotRefused",
    "add_slot",
    "close_slot",
    "create_template",
    "create_templates",
    "end_template",
    "open_slot",
    "plan_slots",
    "publish_slots",
    "zone_of",
]

# Longer ahead nobody knows the opening hours; and one press never writes tens of thousands of rows.
MAX_DAYS_AT_ONCE = 92

MOVES: dict[str, frozenset[str]] = {
    SlotStatus.OPEN: frozenset({SlotStatus.CLOSED}),
    SlotStatus.CLOSED: frozenset({SlotStatus.OPEN}),
}


Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class PlannedSlot:
    """A slot that a template asks for; `obstacle` is "exists" or "overlap" when it cannot be made, or ""."""

    template: SlotTemplate
    starts_at: datetime
    ends_at: datetime
    obstacle: str

    @property
    def local_start(self) -> datetime:
        """The start in the city's own time."""
        return self.starts_at.astimezone(zone_of(self.template.booth))


def zone_of(booth: Booth) -> ZoneInfo:
    """Return the time zone of the booth's city; `studio__city` should be fetched already."""
    return ZoneInfo(booth.studio.city.timezone)


@retried
@transaction.atomic
def add_slot(project: Project, *, booth: Booth, starts_at: datetime, by: User, now: datetime) -> Slot:
    """
    Return a new open slot of the project's length in the booth.

    Raise SlotRefused: "grid" (not a full or half hour), "past", "booth_closed",
    "overlap" (nearer to another slot of the booth than the turnover). Locks the
    booth row. Rule: R-18.
    """
    if not timetable.is_on_grid(starts_at):
        raise SlotRefused(_("Slots begin at a full or half hour."), code="grid")
    if starts_at <= now:
        raise SlotRefused(_("This time is past. Choose a later one."), code="past")
    booth = (
        Booth.objects.select_for_update(of=("self",), no_key=True).select_related("studio").get(pk=booth.pk)
    )
    if not (booth.is_open and booth.studio.is_open):
        raise SlotRefused(_("This booth is closed. Open it first."), code="booth_closed")
    span = (starts_at, starts_at + timedelta(minutes=project.slot_minutes))
    taken = _spans_of([booth.pk], *span)
    pause = timedelta(minutes=project.turnover_minutes)
    if any(timetable.spans_clash(span, other, pause=pause) for other in taken[booth.pk]):
        raise SlotRefused(
            _("Another slot of this booth is too near. Leave %(minutes)d minutes between two slots."),
            code="overlap",
            params={"minutes": project.turnover_minutes},
        )
    slot = Slot.objects.create(project=project, booth=booth, starts_at=span[0], ends_at=span[1])
    SlotEvent.objects.create(slot=slot, new=slot.status, by=by, at=now)
    return slot


def plan_slots(*, project: Project, from_on: date, to_on: date, now: datetime) -> list[PlannedSlot]:
    """
    Return what publishing these days (both included) would make, and what stands in its way.

    Closed booths and studios and times that are past ask for nothing. Raise
    SlotRefused(code="range") when the days are in the wrong order or too many.
    Four queries at most, whatever the number of templates. Rule: R-18.
    """
    if not 0 <= (to_on - from_on).days < MAX_DAYS_AT_ONCE:
        raise SlotRefused(
            _("Choose a first and a last day, at most %(days)d days apart."),
            code="range",
            params={"days": MAX_DAYS_AT_ONCE},
        )
    spans = sorted(_wanted_spans(project, from_on=from_on, to_on=to_on, now=now), key=lambda span: span[1])
    if not spans:
        return []
    booths = {template.booth_id for template, _start, _end in spans}
    taken = _spans_of(booths, spans[0][1], max(end for _template, _start, end in spans))
    pause = timedelta(minutes=project.turnover_minutes)
    planned = []
    for template, starts_at, ends_at in spans:
        others = taken[template.booth_id]
        obstacle = _obstacle((starts_at, ends_at), others, pause=pause)
        planned.append(PlannedSlot(template, starts_at, ends_at, obstacle))
        if not obstacle:
            others.append((starts_at, ends_at))
    return planned


@retried
@transaction.atomic
def publish_slots(
    *, project: Project, from_on: date, to_on: date, by: User | None, now: datetime
) -> list[Slot]:
    """
    Make the slots that the weekly templates ask for and return the new ones.

    Publishing again makes nothing twice: a slot that exists stays as it is, closed
    or not. Raise SlotRefused(code="range") as `plan_slots` does. Locks the booth
    rows by id, so that two who publish at once wait for each other. Rule: R-18.
    """
    booths = Booth.objects.filter(templates__project=project).values("pk")
    list(Booth.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=booths).order_by("pk"))
    planned = plan_slots(project=project, from_on=from_on, to_on=to_on, now=now)
    made = Slot.objects.bulk_create(
        Slot(
            project=project,
            booth=plan.template.booth,
            template=plan.template,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
        )
        for plan in planned
        if not plan.obstacle
    )
    SlotEvent.objects.bulk_create(SlotEvent(slot=slot, new=slot.status, by=by, at=now) for slot in made)
    return made


@retried
@transaction.atomic
def close_slot(slot: Slot, *, by: User, now: datetime, reason: str) -> None:
    """
    Take the slot off the market and free its staff.

    Raise SlotRefused: "reason" without one, "past", "moved" (closed already),
    "booked" with the two people it would hurt: their booking is cancelled or moved
    first. Locks the slot row. Rule: R-18.
    """
    if not reason.strip():
        raise SlotRefused(_("Write the reason: it stays in the slot's history."), code="reason")
    locked = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    if locked.ends_at <= now:
        raise SlotRefused(_("This slot is over."), code="past")
    booking = (
        Booking.objects.live().filter(slot=locked).select_related("pair__person_a", "pair__person_b").first()
    )
    if booking is not None:
        raise SlotRefused(
            _("%(one)s and %(other)s have this slot. Move or cancel their booking first."),
            code="booked",
            params={"one": booking.pair.person_a, "other": booking.pair.person_b},
        )
    move_slot(slot, SlotStatus.CLOSED, by=by, now=now, reason=reason)
    rota.clear_rota(locked, by=by, now=now, reason=reason)


@retried
@transaction.atomic
def open_slot(slot: Slot, *, by: User, now: datetime, reason: str = "") -> None:
    """Offer a closed slot again, its rota empty. Raise SlotRefused: "past", "moved". Locks the slot row. Rule: R-18."""
    locked = Slot.objects.select_for_update(of=("self",), no_key=True).get(pk=slot.pk)
    if locked.starts_at <= now:
        raise SlotRefused(_("This time is past. It cannot be offered again."), code="past")
    move_slot(slot, SlotStatus.OPEN, by=by, now=now, reason=reason)


@transaction.atomic
def move_slot(slot: Slot, new: str, *, by: User | None, now: datetime, reason: str) -> None:
    """Move the slot and write its event. Raise SlotRefused(code="moved") when it cannot go there."""
    old = slot.status
    if new not in MOVES[old] or not Slot.objects.filter(pk=slot.pk, status=old).update(status=new):
        raise SlotRefused(_("This slot was changed in the meantime. Look at it again."), code="moved")
    slot.status = new
    SlotEvent.objects.create(slot=slot, old=old, new=new, by=by, at=now, reason=reason.strip())


def _wanted_spans(
    project: Project, *, from_on: date, to_on: date, now: datetime
) -> Iterable[tuple[SlotTemplate, datetime, datetime]]:
    """Return template, start and end of every slot that the templates of open booths ask for after `now`."""
    templates = SlotTemplate.objects.filter(
        project=project, booth__is_open=True, booth__studio__is_open=True, valid_from__lte=to_on
    ).select_related("booth__studio__city")
    for template in templates:
        last_on = min(to_on, template.valid_to or to_on)
        first_on = max(from_on, template.valid_from)
        for on in timetable.weekdays_between(first_on, last_on, weekday=template.weekday):
            span = timetable.slot_span(
                on, template.starts_time, minutes=project.slot_minutes, zone=zone_of(template.booth)
            )
            if span and span[0] > now:
                yield template, *span


def _spans_of(
    booth_ids: Iterable[int], starts_at: datetime, ends_at: datetime
) -> defaultdict[int, list[Span]]:
    """Return the slots of the booths within a day of the span, by booth; closed ones keep their place."""
    near = timedelta(days=1)
    spans: defaultdict[int, list[Span]] = defaultdict(list)
    slots = Slot.objects.filter(
        booth__in=list(booth_ids), starts_at__lt=ends_at + near, ends_at__gt=starts_at - near
    )
    for booth_id, start, end in slots.values_list("booth_id", "starts_at", "ends_at"):
        spans[booth_id].append((start, end))
    return spans


def _obstacle(span: Span, others: list[Span], *, pause: timedelta) -> str:
    if any(other[0] == span[0] for other in others):
        return "exists"
    if any(timetable.spans_clash(span, other, pause=pause) for other in others):
        return "overlap"
    return ""
