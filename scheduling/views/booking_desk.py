"""The managers' page of one booking: what happened, who came, and ending it with a reason. Rules: R-23, R-26."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import attendance, bookings
from scheduling.access import get_booking_for_manager
from scheduling.attendance_lists import OUTCOME_KINDS
from scheduling.booking_forms import AttendanceForm, ReasonForm
from scheduling.conditions import local_date
from scheduling.form_keys import once_per_form_key
from scheduling.holds import free_until
from scheduling.models import (
    Attendance,
    AttendanceEvent,
    AttendanceOutcome,
    Booking,
    BookingStatus,
    MoveRequestStatus,
    Qualification,
)
from scheduling.models.booking import UNFINISHED_STATUSES
from scheduling.standing import standing_of
from scheduling.views.answers import carry_out
from scheduling.views.bookings import KINDS

ASKED_KINDS = {
    MoveRequestStatus.OPEN: "wait",
    MoveRequestStatus.CHOSEN: "ok",
    MoveRequestStatus.KEPT: "info",
    MoveRequestStatus.EXPIRED: "idle",
    MoveRequestStatus.WITHDRAWN: "idle",
}


@role_required(Role.MANAGER)
@require_safe
def booking_manage(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the booking to a manager."""
    return _page(request, get_booking_for_manager(request.user, pk))


def _page(
    request: PersonRequest,
    booking: Booking,
    *,
    reason_form: ReasonForm | None = None,
    door_forms: dict[str, AttendanceForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    now, slot = timezone.now(), booking.slot
    zone = ZoneInfo(slot.booth.studio.city.timezone)
    context = {
        "booking": booking,
        "slot": slot,
        "zone": zone.key,
        "kind": KINDS[BookingStatus(booking.status)],
        "people": _people(booking, forms=door_forms or {}),
        "staff": slot.shifts.filter(status="assigned").select_related("person__profile"),
        "events": _events(booking),
        "reason_form": reason_form or ReasonForm(),
        "may_cancel": booking.status in UNFINISHED_STATUSES[:3] and now < slot.starts_at,
        "may_write_off": booking.status == BookingStatus.CONFIRMED and now >= slot.starts_at,
        "asked_before": _asked_before(booking),
        "may_ask": booking.status == BookingStatus.CONFIRMED
        and now < free_until(slot)
        and not booking.move_requests.filter(status=MoveRequestStatus.OPEN).exists(),
        "has_door": booking.status in attendance.RECORDABLE,
        "is_before_day": not door_forms and local_date(slot) > timezone.localdate(now, zone),
    }
    return render(request, "scheduling/booking_manage.html", context, status=status)


def _asked_before(booking: Booking) -> list[dict[str, Any]]:
    """Return what the pair was asked, the newest first, each with the badge of what became of it."""
    return [
        {
            "request": asked,
            "kind": ASKED_KINDS[MoveRequestStatus(asked.status)],
            "is_open": asked.status == MoveRequestStatus.OPEN,
        }
        for asked in booking.move_requests.select_related("chosen").order_by("-pk")
    ]


def _events(booking: Booking) -> list[dict[str, Any]]:
    """Return what happened to the booking and at its door, in words, in the order of time."""
    moves = booking.events.select_related("by__profile").order_by("pk")
    door = AttendanceEvent.objects.filter(attendance__booking=booking).order_by("pk")
    lines = [
        {
            "event": event,
            "old": _label(event.old, BookingStatus),
            "new": _label(event.new, BookingStatus),
            "why": event.why,
        }
        for event in moves
    ] + [
        {
            "event": event,
            "person": event.attendance.person,
            "old": _label(event.old, AttendanceOutcome),
            "new": _label(event.new, AttendanceOutcome),
            "why": _(event.reason),
        }
        for event in door.select_related("attendance__person", "by__profile")
    ]
    return sorted(lines, key=lambda line: line["event"].at)


def _label(value: str, choices: type[TextChoices]) -> str:
    return str(choices(value).label) if value else ""


def _people(booking: Booking, *, forms: dict[str, AttendanceForm]) -> list[dict[str, Any]]:
    """Return both people with their voice, outcome, standing, and a form to write it (the refused one, if any)."""
    rows = {row.person_id: row for row in Attendance.objects.filter(booking=booking)}
    members = [booking.pair.person_a_id, booking.pair.person_b_id]
    rights = Qualification.objects.filter(project=booking.project, person__in=members)
    right_of = dict(rights.values_list("person", "pk"))
    return [
        {
            "voice": voice,
            "person": person,
            "row": rows.get(person.pk),
            "right": right_of.get(person.pk),
            "standing": standing_of(person, project=booking.project),
            "kind": OUTCOME_KINDS.get(rows[person.pk].outcome, "info") if person.pk in rows else "info",
            "form": forms.get(voice)
            or AttendanceForm(
                initial=dict.fromkeys(
                    ("outcome", "seen"), rows[person.pk].outcome if person.pk in rows else ""
                ),
                prefix=voice,
            ),
        }
        for voice, person in [("a", booking.pair.person_a), ("b", booking.pair.person_b)]
    ]


@role_required(Role.MANAGER)
@require_POST
@once_per_form_key
def booking_override(request: PersonRequest, pk: int) -> HttpResponse:
    """Cancel somebody's booking, with a written reason."""
    booking, form = get_booking_for_manager(request.user, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, booking, reason_form=form, status=422)
    reason = form.cleaned_data["reason"]
    carry_out(
        request,
        lambda: bookings.cancel_booking(booking, by=request.user, now=timezone.now(), reason=reason),
        done=_("Cancelled. Both people read your reason."),
    )
    return redirect("scheduling:booking_manage", booking.pk)


@role_required(Role.MANAGER)
@require_POST
@once_per_form_key
def booking_write_off(request: PersonRequest, pk: int) -> HttpResponse:
    """Write that a confirmed session did not take place, and why."""
    booking, form = get_booking_for_manager(request.user, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, booking, reason_form=form, status=422)
    reason = form.cleaned_data["reason"]
    carry_out(
        request,
        lambda: bookings.write_off_booking(booking, by=request.user, now=timezone.now(), reason=reason),
        done=_("Written down: the session did not take place."),
    )
    return redirect("scheduling:booking_manage", booking.pk)


@role_required(Role.MANAGER)
@require_POST
@once_per_form_key
def booking_attendance(request: PersonRequest, pk: int, voice: Literal["a", "b"]) -> HttpResponse:
    """Write how one of the two ended at the door, or correct it with a reason."""
    booking, form = get_booking_for_manager(request.user, pk), AttendanceForm(request.POST, prefix=voice)
    if not form.is_valid():
        return _page(request, booking, door_forms={voice: form}, status=422)
    person = booking.pair.person_a if voice == "a" else booking.pair.person_b
    carry_out(
        request,
        lambda: attendance.record_attendance(
            booking,
            person=person,
            outcome=form.cleaned_data["outcome"],
            by=request.user,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["seen"],
        ),
        done=_("Written down."),
    )
    return redirect("scheduling:booking_manage", booking.pk)
