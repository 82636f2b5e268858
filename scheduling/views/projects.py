"""Managers' pages of projects: the list, and every figure of the rules."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import places
from scheduling.models import Project
from scheduling.project_forms import ProjectForm

PROJECTS_A_PAGE = 50


@role_required(Role.MANAGER)
@require_safe
def project_list(request: PersonRequest) -> HttpResponse:
    """Show the projects."""
    page = Paginator(Project.objects.order_by("-is_open", "name"), PROJECTS_A_PAGE)
    context = {"page_obj": page.get_page(request.GET.get("page"))}
    return render(request, "scheduling/project_list.html", context)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def project_edit(request: PersonRequest, slug: str = "") -> HttpResponse:
    """Change the figures of a project, or make one with the figures of the rules."""
    project = get_object_or_404(Project, slug=slug) if slug else None
    form = ProjectForm(request.POST or None, instance=project)
    if request.method == "POST" and form.is_valid():
        places.save_place(form.instance, fields=form.changed_data if project else None, now=timezone.now())
        messages.success(request, _("The project is saved. Bookings that are confirmed keep their pay."))
        return redirect("scheduling:project_list")
    # A bound form writes the new values on its instance: the title keeps the name that stands.
    title = Project.objects.values_list("name", flat=True).get(slug=slug) if slug else _("Add a project")
    quotas_url = reverse("scheduling:quota_list", args=[slug]) if slug else ""
    amnesty_url = reverse("scheduling:project_amnesty", args=[slug]) if slug else ""
    context = {"form": form, "title": title, "quotas_url": quotas_url, "amnesty_url": amnesty_url}
    return render(request, "scheduling/project_edit.html", context, status=422 if form.is_bound else 200)
