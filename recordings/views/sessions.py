"""The sessions of a studio: the list, the door, and what is left of a session afterwards."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, Role, role_required
from recordings import access, runs
from recordings.console import read_dials
from recordings.doors import missing_scopes, suggested_outcome
from recordings.forms import AssetForm, CheckInForm, DayForm
from recordings.logs import progress_of
from recordings.models import RecordingSession, SessionStatus
from recordings.shortfalls import clock_words, describe_shortfall
from recordings.takes import reason_words
from recordings.timelines import draw_timeline
from scheduling.form_keys import once_per_form_key
from scheduling.models import Booking, BookingStatus

ROWS_ON_A_PAGE = 25
EVENTS_ON_A_PAGE = 100

BOOKING_KINDS = {
    BookingStatus.CONFIRMED: "wait",
    BookingStatus.CHECKED_IN: "next",
    BookingStatus.COMPLETED: "ok",
    BookingStatus.FAILED: "bad",
}
SESSION_KINDS = {
    SessionStatus.OPEN: "next",
    SessionStatus.COMPLETED: "ok",
    SessionStatus.ABANDONED: "bad",
}


@role_required(Role.OPERATOR, Role.MANAGER)
@require_safe
def session_list(request: PersonRequest) -> HttpResponse:
    """List today's and the coming sessions of my studios, those of one day, or the past ones."""
    form = DayForm(request.GET)
    day = form.cleaned_data["day"] if form.is_valid() else None
    is_past = "past" in request.GET and not day
    bookings = access.bookings_at_door_of(request.user)
    page = Paginator(_in_time(bookings, day=day, is_past=is_past), ROWS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [(booking, BOOKING_KINDS[BookingStatus(booking.status)]) for booking in page]
    context = {"form": form, "page_obj": page, "rows": rows, "day": day, "is_past": is_past}
    return render(request, "recordings/session_list.html", context, status=422 if form.errors else 200)


def _in_time(bookings: QuerySet[Booking], *, day: date | None, is_past: bool) -> QuerySet[Booking]:
    """Return the bookings of one day, those before today, or those from today on; the nearest first."""
    # Spans of time, not `__date`: that asks the database to turn each row's time into a day.
    midnight = timezone.make_aware(datetime.combine(day or timezone.localdate(), time()))
    if is_past:
        return bookings.filter(slot__starts_at__lt=midnight).order_by("-slot__starts_at", "-pk")
    coming = bookings.filter(slot__starts_at__gte=midnight).order_by("slot__starts_at", "pk")
    return coming.filter(slot__starts_at__lt=midnight + timedelta(days=1)) if day else coming


@role_required(Role.OPERATOR, Role.MANAGER)
@require_http_methods(["GET", "POST"])
@once_per_form_key
def session_check_in(request: PersonRequest, booking_id: int) -> HttpResponse:
    """Write who came, and open the session or let the booking fail."""
    booking = access.get_booking_at_door(request.user, booking_id)
    if hasattr(booking, "session"):
        return redirect("recordings:session_console", booking.session.key)
    suggested = suggested_outcome(booking, now=timezone.now())
    initial = {"outcome_a": suggested, "outcome_b": suggested}
    form = CheckInForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            session = runs.receive_pair(
                booking,
                outcomes=form.outcomes(booking),
                checks=form.checks(),
                reason=form.cleaned_data["reason"],
                arrivals=form.arrivals(booking),
                by=request.user,
                now=timezone.now(),
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _after_check_in(request, session)
    return _check_in_page(request, booking, form)


def _after_check_in(request: PersonRequest, session: RecordingSession | None) -> HttpResponse:
    if session is None:
        messages.warning(request, _("The booking is closed as failed. Whoever came is turned away."))
        return redirect("recordings:session_list")
    return redirect("recordings:session_console", session.key)


def _check_in_page(request: PersonRequest, booking: Booking, form: CheckInForm) -> HttpResponse:
    pair = booking.pair
    people = [
        {
            "voice": voice,
            "person": person,
            "digits": (person.phone or "")[-4:],
            "missing": missing_scopes(person, booking=booking),
            "outcome": form[f"outcome_{voice}"],
            "arrival": form[f"arrived_{voice}"],
            "identity": form[f"identity_seen_{voice}"],
        }
        for voice, person in (("a", pair.person_a), ("b", pair.person_b))
    ]
    is_on_rota = booking.slot.shifts.filter(person=request.user, status="assigned").exists()
    context = {"booking": booking, "people": people, "form": form, "is_on_rota": is_on_rota}
    context["can_check_in"] = booking.status == BookingStatus.CONFIRMED
    return render(request, "recordings/session_check_in.html", context, status=422 if form.errors else 200)


@role_required(Role.OPERATOR, Role.MANAGER)
@require_safe
def session_detail(request: PersonRequest, key: str) -> HttpResponse:
    """Show what is left of a session: its figures, timeline, takes, files and log."""
    session = access.get_session(request.user, key)
    progress = progress_of(session, now=timezone.now())
    events = session.events.select_related("by__profile").order_by("operator_at", "pk")
    page = Paginator(events, EVENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "session": session,
        "booking": session.booking,
        "kind": SESSION_KINDS[SessionStatus(session.status)],
        "progress": progress,
        "dials": read_dials(progress, project=session.booking.project),
        "takes": [(take, reason_words(take.retake_reason)) for take in progress.takes],
        "topics": [(clock_words(topic.ms), topic.topic) for topic in progress.topics],
        "timeline": draw_timeline(progress, opened_at=session.opened_at),
        "shortfall": [describe_shortfall(item) for item in session.shortfall],
        "assets": session.assets.select_related("added_by").order_by("speaker", "pk"),
        "asset_form": AssetForm(),
        "page_obj": page,
        "log": [(event, reason_words(event.payload.get("reason", ""))) for event in page],
    }
    return render(request, "recordings/session_detail.html", context)
