"""Managers' pages of places: cities, studios, their booths and staff."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import places, studios
from scheduling.access import get_studio_for_manager
from scheduling.forms import BoothNameForm, CityForm, StaffForm, StudioForm, StudioRotaForm
from scheduling.models import Booth, City, Studio, StudioStaff
from scheduling.views.answers import carry_out

STUDIOS_A_PAGE = 50


@role_required(Role.MANAGER)
@require_safe
def studio_list(request: PersonRequest) -> HttpResponse:
    """Show every studio with its city, open booths and staff."""
    found = (
        Studio.objects.select_related("city")
        .annotate(
            booth_count=Count("booths", filter=Q(booths__is_open=True), distinct=True),
            staff_count=Count("staff", distinct=True),
        )
        .order_by("city__name", "name", "pk")
    )
    page = Paginator(found, STUDIOS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "has_city": City.objects.exists()}
    return render(request, "scheduling/studio_list.html", context)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def city_new(request: PersonRequest) -> HttpResponse:
    """Add a city."""
    form = CityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The city is there. Add a studio to it."))
        return redirect("scheduling:studio_new")
    context = {"form": form, "title": _("Add a city")}
    return render(request, "scheduling/place_form.html", context, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def studio_new(request: PersonRequest) -> HttpResponse:
    """Add a studio."""
    form = StudioForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        studio = form.save()
        messages.success(request, _("The studio is there. Add its booths and staff."))
        return redirect("scheduling:studio_edit", studio.pk)
    context = {"form": form, "title": _("Add a studio")}
    return render(request, "scheduling/place_form.html", context, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def studio_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Show and change a studio, with its booths and staff."""
    studio = get_studio_for_manager(request.user, pk)
    form = StudioForm(request.POST or None, instance=studio)
    if request.method == "POST" and form.is_valid():
        places.save_place(studio, fields=form.changed_data, now=timezone.now())
        messages.success(request, _("The studio is saved."))
        return redirect("scheduling:studio_edit", pk)
    return _studio_page(request, studio_pk=pk, form=form, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_POST
def studio_rota(request: PersonRequest, pk: int) -> HttpResponse:
    """Change the limits within which a rota of the studio may name people."""
    studio = get_studio_for_manager(request.user, pk)
    rota_form = StudioRotaForm(request.POST, instance=studio, prefix="rota")
    if rota_form.is_valid():
        places.save_place(studio, fields=rota_form.changed_data, now=timezone.now())
        messages.success(request, _("The limits are saved. Shifts that stand are not changed by it."))
        return redirect("scheduling:studio_edit", pk)
    return _studio_page(
        request, studio_pk=pk, form=StudioForm(instance=studio), rota_form=rota_form, status=422
    )


def _studio_page(
    request: PersonRequest,
    *,
    studio_pk: int,
    form: StudioForm,
    status: int,
    rota_form: StudioRotaForm | None = None,
) -> HttpResponse:
    studio = get_studio_for_manager(request.user, studio_pk)
    context = {
        "studio": studio,
        "form": form,
        "booths": studio.booths.order_by("name", "pk"),
        "staff": studio.staff.select_related("person__profile").order_by("person__profile__name", "pk"),
        "booth_form": BoothNameForm(studio=studio, prefix="booth"),
        "staff_form": StaffForm(studio=studio),
        "rota_form": rota_form or StudioRotaForm(instance=studio, prefix="rota"),
    }
    return render(request, "scheduling/studio_edit.html", context, status=status)


@role_required(Role.MANAGER)
@require_POST
def booth_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Add a booth to a studio."""
    studio = get_studio_for_manager(request.user, pk)
    form = BoothNameForm(request.POST, studio=studio, prefix="booth")
    if form.is_valid():
        form.save()
        messages.success(request, _("The booth is there. Give it weekly slots."))
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["name"]))
    return redirect("scheduling:studio_edit", pk)


@role_required(Role.MANAGER)
@require_POST
def booth_switch(request: PersonRequest, pk: int, booth_pk: int) -> HttpResponse:
    """Open a closed booth, close an open one."""
    studio = get_studio_for_manager(request.user, pk)
    booth = get_object_or_404(Booth, pk=booth_pk, studio=studio)
    rule, now = places.close_place if booth.is_open else places.open_place, timezone.now()
    carry_out(request, lambda: rule(booth, now=now), done=_("The booth is changed. Its booked slots stand."))
    return redirect("scheduling:studio_edit", pk)


@role_required(Role.MANAGER)
@require_POST
def staff_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Let an operator work in the studio."""
    studio = get_studio_for_manager(request.user, pk)
    form = StaffForm(request.POST, studio=studio)
    if form.is_valid():
        person = form.cleaned_data["person"]
        carry_out(
            request, lambda: studios.employ(person, studio=studio), done=_("The rota can name them now.")
        )
    else:
        messages.error(request, _("Choose an operator first."))
    return redirect("scheduling:studio_edit", pk)


@role_required(Role.MANAGER)
@require_POST
def staff_remove(request: PersonRequest, pk: int, staff_pk: int) -> HttpResponse:
    """Take an operator off the studio's staff."""
    studio = get_studio_for_manager(request.user, pk)
    staff = get_object_or_404(StudioStaff.objects.select_related("person"), pk=staff_pk, studio=studio)
    carry_out(
        request, lambda: studios.dismiss(staff), done=_("They are off the staff. Shifts they have stand.")
    )
    return redirect("scheduling:studio_edit", pk)
