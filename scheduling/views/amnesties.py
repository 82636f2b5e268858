"""Managers say from which day on no-shows count: for a whole project, or for one person. Rule: R-26."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling.access import get_qualification_for_manager
from scheduling.amnesties import give_amnesty
from scheduling.booking_forms import AmnestyForm
from scheduling.form_keys import once_per_form_key
from scheduling.models import Amnesty, Project
from scheduling.standing import amnesty_of
from scheduling.views.answers import carry_out
from scheduling.views.people import qualification_page


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def project_amnesty(request: PersonRequest, slug: str) -> HttpResponse:
    """Show which no-shows count in the project, what was decided before, and decide anew."""
    project = get_object_or_404(Project, slug=slug)
    form = AmnestyForm(request.POST or None)
    if form.is_bound and form.is_valid() and _give(request, form, project=project, person=None):
        return redirect("scheduling:project_amnesty", slug)
    context = {
        "project": project,
        "form": form,
        "holds": amnesty_of(None, project=project),
        "amnesties": Amnesty.objects.filter(project=project)
        .select_related("by__profile", "person")
        .order_by("-pk")[:50],
    }
    return render(request, "scheduling/project_amnesty.html", context, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_POST
@once_per_form_key
def person_amnesty(request: PersonRequest, pk: int) -> HttpResponse:
    """Decide from which day on one person's no-shows count."""
    qualification, form = get_qualification_for_manager(request.user, pk), AmnestyForm(request.POST)
    project, person = qualification.project, qualification.person
    if form.is_valid() and _give(request, form, project=project, person=person):
        return redirect("scheduling:qualification_edit", pk)
    return qualification_page(request, qualification, amnesty_form=form, status=422)


def _give(request: PersonRequest, form: AmnestyForm, *, project: Project, person: User | None) -> bool:
    is_end = request.POST.get("wish") == "end"
    return carry_out(
        request,
        lambda: give_amnesty(
            project,
            person=person,
            counts_from_on=None if is_end else form.cleaned_data["counts_from_on"],
            by=request.user,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
        ),
        done=_("Decided. Suspensions follow within minutes.")
        if person is None
        else _("Decided. The suspension follows it."),
    )
