"""When the staff can work: their own page, and a manager's for them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, Role, has_role, role_required
from accounts.models import User
from scheduling import working_times
from scheduling.access import get_colleague, get_exception_of
from scheduling.models import AvailabilityEvent, DayPart, Studio, Weekday, WorkingTime
from scheduling.rota_forms import ExceptionForm, LimitsForm, WeekTimesForm
from scheduling.views.answers import carry_out

EVENTS_SHOWN = 20
AnyForm = ExceptionForm | LimitsForm | WeekTimesForm


@dataclass(frozen=True)
class GridTime:
    """One box of the grid."""

    key: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class GridStudio:
    """The grid of one studio: a row of boxes for each weekday."""

    studio: Studio
    days: list[tuple[str, list[GridTime]]]


@role_required(Role.OPERATOR, Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def week_edit(request: PersonRequest, person_pk: int | None = None) -> HttpResponse:
    """Show when somebody can work, and on POST take their weekly times."""
    person = _person(request, person_pk)
    if request.method != "POST":
        return _page(request, person, is_own=person_pk is None)
    form = WeekTimesForm(request.POST)
    if not form.is_valid():
        return _page(request, person, is_own=person_pk is None, form=form, status=422)
    return _saved(
        request,
        person,
        lambda: working_times.set_week(
            person,
            times=form.times(),
            wished_hours=form.cleaned_data["wished_hours"],
            by=request.user,
            now=timezone.now(),
        ),
        form=form,
        is_own=person_pk is None,
    )


@role_required(Role.OPERATOR, Role.MANAGER)
@require_POST
def days_new(request: PersonRequest, person_pk: int | None = None) -> HttpResponse:
    """Take days on which somebody is away, or can come besides."""
    person, now = _person(request, person_pk), timezone.now()
    form = ExceptionForm(request.POST)
    if not form.is_valid():
        return _page(request, person, is_own=person_pk is None, form=form, status=422)
    return _saved(
        request,
        person,
        lambda: working_times.add_exception(
            person, **form.cleaned_data, today=timezone.localdate(now), by=request.user, now=now
        ),
        form=form,
        is_own=person_pk is None,
    )


@role_required(Role.OPERATOR, Role.MANAGER)
@require_POST
def days_remove(request: PersonRequest, pk: int, person_pk: int | None = None) -> HttpResponse:
    """Take an exception back."""
    person = _person(request, person_pk)
    exception = get_exception_of(person, pk)
    carry_out(
        request,
        lambda: working_times.remove_exception(exception, by=request.user, now=timezone.now()),
        done=_("Saved. The weekly times hold again for these days."),
    )
    return redirect(_address(person, is_own=person_pk is None))


@role_required(Role.MANAGER)
@require_POST
def limits_edit(request: PersonRequest, person_pk: int) -> HttpResponse:
    """Set how much a rota may give somebody at most."""
    person = _person(request, person_pk)
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _page(request, person, is_own=False, form=form, status=422)
    return _saved(
        request,
        person,
        lambda: working_times.set_limits(person, **form.cleaned_data, by=request.user, now=timezone.now()),
        form=form,
        is_own=False,
    )


def _person(request: PersonRequest, person_pk: int | None) -> User:
    """Return whose times they are: one's own, which only operators have, or to a manager a colleague's."""
    if person_pk is None and not has_role(request.user, Role.OPERATOR):
        raise Http404
    return get_colleague(request.user, person_pk)


def _address(person: User, *, is_own: bool) -> str:
    return reverse("scheduling:week_edit", args=[] if is_own else [person.pk])


def _saved(
    request: PersonRequest,
    person: User,
    rule: Callable[[], object],
    *,
    form: AnyForm,
    is_own: bool,
) -> HttpResponse:
    """Carry the rule out and show the page again; what it refuses stands at the form that was sent."""
    try:
        rule()
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _page(request, person, is_own=is_own, form=form, status=409)
    carry_out(request, lambda: None, done=_("Saved. Shifts that stand are not changed by it."))
    return redirect(_address(person, is_own=is_own))


def _page(
    request: PersonRequest,
    person: User,
    *,
    is_own: bool,
    form: AnyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    terms, today = working_times.terms_of(person), timezone.localdate(timezone.now())
    chosen = set(WorkingTime.objects.filter(person=person).values_list("studio_id", "weekday", "part"))
    if isinstance(form, WeekTimesForm) and form.is_bound and "time" in form.cleaned_data:
        chosen = form.times()
    studios = Studio.objects.filter(staff__person=person).select_related("city").order_by("name", "pk")
    limits = {"per_day": terms.max_shifts_per_day, "per_week": terms.max_shifts_per_week}
    context = {
        "person": person,
        "is_own": is_own,
        "terms": terms,
        "grids": _grids(studios, chosen=chosen),
        "week_form": form
        if isinstance(form, WeekTimesForm)
        else WeekTimesForm(initial={"wished_hours": terms.wished_hours}),
        "exception_form": form
        if isinstance(form, ExceptionForm)
        else ExceptionForm(initial={"from_on": today}),
        "limits_form": form if isinstance(form, LimitsForm) else LimitsForm(initial=limits),
        "exceptions": working_times.coming_exceptions(person, today=today),
        "events": AvailabilityEvent.objects.filter(person=person)
        .select_related("by__profile")
        .order_by("-pk")[:EVENTS_SHOWN],
    }
    return render(request, "scheduling/working_times.html", context, status=status)


def _grids(studios: Iterable[Studio], *, chosen: set[tuple[int, int, str]]) -> list[GridStudio]:
    return [
        GridStudio(
            studio,
            [
                (
                    str(Weekday(weekday).label),
                    [
                        GridTime(
                            f"{studio.pk}:{weekday}:{part.value}",
                            str(part.label),
                            (studio.pk, weekday, part.value) in chosen,
                        )
                        for part in DayPart
                    ],
                )
                for weekday in range(7)
            ],
        )
        for studio in studios
    ]
