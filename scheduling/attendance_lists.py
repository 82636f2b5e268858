"""How somebody came to their sessions, line by line, as they and the managers read it. Rules: R-23, R-26."""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from scheduling.models import Attendance, AttendanceEvent, AttendanceOutcome, Project, Slot
from scheduling.standing import counted_no_shows, late_cancellations_of

# Nobody has as many sessions in a project; a page stays a page.
LONGEST_LIST = 50
OUTCOME_KINDS = {"attended": "ok", "late": "warn", "no_show": "bad", "turned_away": "info"}


@dataclass(frozen=True)
class AttendanceLine:
    """One session: how it ended for the person, what was corrected and why, and whether it counts against them."""

    booking_id: int
    slot: Slot
    label: str
    kind: str
    outcome: str = ""
    is_counted: bool = False
    is_excused: bool = False
    corrections: list[tuple[str, AttendanceEvent]] = field(default_factory=list)


def attendance_lines(person: User, *, project: Project) -> list[AttendanceLine]:
    """Return the person's sessions that came to their door or were cancelled too late, newest first. Three queries."""
    rows = (
        Attendance.objects.filter(person=person, booking__project=project)
        .annotate(is_counted=Exists(counted_no_shows().filter(pk=OuterRef("pk"))))
        .select_related("booking__slot__booth__studio__city")
        .prefetch_related(Prefetch("events", queryset=AttendanceEvent.objects.exclude(old="").order_by("pk")))
        .order_by("-booking__slot__starts_at", "-pk")
    )
    lines = [_line_of(row) for row in rows[:LONGEST_LIST]]
    for event in late_cancellations_of(person, project=project)[:LONGEST_LIST]:
        booking = event.booking
        lines.append(AttendanceLine(booking.pk, booking.slot, _("Cancelled late"), "warn"))
    return sorted(lines, key=lambda line: (line.slot.starts_at, line.booking_id), reverse=True)


def _line_of(row: Attendance) -> AttendanceLine:
    is_counted = bool(row.is_counted)  # type: ignore[attr-defined]  # annotated
    return AttendanceLine(
        row.booking_id,
        row.booking.slot,
        str(AttendanceOutcome(row.outcome).label),
        OUTCOME_KINDS[row.outcome],
        outcome=row.outcome,
        is_counted=is_counted,
        is_excused=row.outcome == AttendanceOutcome.NO_SHOW and not is_counted,
        corrections=[(str(AttendanceOutcome(event.old).label), event) for event in row.events.all()],
    )
