"""Weekly templates: the slots that come again in a booth, in the city's own time. Rule: R-18."""

from collections.abc import Iterable
from datetime import date, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scheduling import timetable
from scheduling.models import Booth, Project, SlotTemplate
from scheduling.retries import retried


class SlotRefused(ValidationError):
    """Codes: "grid", "past", "overlap", "booth_closed", "range", "booked", "reason", "moved"."""


@retried
@transaction.atomic
def create_templates(
    *,
    project: Project,
    booth: Booth,
    times: Iterable[tuple[int, time]],
    valid_from: date,
    valid_to: date | None = None,
) -> list[SlotTemplate]:
    """Make one template for each (weekday, start), all or none. Raise SlotRefused as `create_template`. Rule: R-18."""
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

    Raise SlotRefused: "grid" (not a full or half hour), "range" (ends before it
    begins), "overlap" (nearer to another template of the booth than the turnover).
    Locks the booth row. Rule: R-18.
    """
    if not timetable.is_on_grid(starts_time):
        raise SlotRefused(_("Slots begin at a full or half hour."), code="grid")
    if valid_to is not None and valid_to < valid_from:
        raise SlotRefused(_("The last day lies before the first. Choose a later one."), code="range")
    Booth.objects.select_for_update(no_key=True).get(pk=booth.pk)
    for other in SlotTemplate.objects.filter(booth=booth).select_related("project"):
        is_near = timetable.weekly_spans_clash(
            (weekday, starts_time),
            (other.weekday, other.starts_time),
            minutes=max(project.slot_minutes, other.project.slot_minutes),
            pause=max(project.turnover_minutes, other.project.turnover_minutes),
        )
        if is_near and timetable.ranges_meet((valid_from, valid_to), (other.valid_from, other.valid_to)):
            raise SlotRefused(
                _("This is too near to the template %(other)s. Choose another time or another booth."),
                code="overlap",
                params={"other": other},
            )
    return SlotTemplate.objects.create(
        project=project,
        booth=booth,
        weekday=weekday,
        starts_time=starts_time,
        valid_from=valid_from,
        valid_to=valid_to,
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
