"""Managers' pages of a project's quotas: which kinds of pairs are wanted, and how many there are."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest, Role, role_required
from scheduling.access import get_quota_for_manager
from scheduling.board_forms import QuotaForm
from scheduling.models import Project, ProjectQuota
from scheduling.quotas import read_quotas


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def quota_list(request: PersonRequest, slug: str) -> HttpResponse:
    """Show the project's quotas, how full each is, and add one."""
    project = get_object_or_404(Project, slug=slug)
    form = QuotaForm(request.POST or None, instance=ProjectQuota(project=project))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The quota is added. From now on it weighs in the proposals."))
        return redirect("scheduling:quota_list", slug)
    context = {
        "project": project,
        "quotas": read_quotas(project, today=timezone.localdate()),
        "form": form,
    }
    return render(request, "scheduling/quota_list.html", context, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def quota_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a quota."""
    quota = get_quota_for_manager(request.user, pk)
    title, slug = str(quota), quota.project.slug
    form = QuotaForm(request.POST or None, instance=quota)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The quota is changed."))
        return redirect("scheduling:quota_list", slug)
    context = {"form": form, "title": title, "slug": slug}
    return render(request, "scheduling/quota_edit.html", context, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_POST
def quota_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """Remove a quota; the pairs that were made for it stay."""
    quota = get_quota_for_manager(request.user, pk)
    slug = quota.project.slug
    quota.delete()
    messages.success(request, _("The quota is removed."))
    return redirect("scheduling:quota_list", slug)
