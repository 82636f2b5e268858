"""Managers' pages of a project's quotas: which kinds of pairs are wanted, and how many there are."""

from collections.abc import Callable
from typing import Any

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
from scheduling.quotas import QuotaRefused, add_quota, change_quota, read_quotas, remove_quota


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def quota_list(request: PersonRequest, slug: str) -> HttpResponse:
    """Show the project's quotas, how full each is, and add one."""
    project = get_object_or_404(Project, slug=slug)
    form = QuotaForm(request.POST or None, instance=ProjectQuota(project=project))
    if request.method == "POST" and _is_written(form, lambda figures: add_quota(project, **figures)):
        messages.success(request, _("The quota is added. From now on it weighs in the proposals."))
        return redirect("scheduling:quota_list", slug)
    context = {
        "project": project,
        "quotas": read_quotas(project, today=timezone.localdate()),
        "form": form,
    }
    return render(request, "scheduling/quota_list.html", context, status=422 if form.is_bound else 200)


def _is_written(form: QuotaForm, rule: Callable[[dict[str, Any]], object]) -> bool:
    """Run the rule with what was typed; say in the form what is wrong, and return whether nothing is."""
    if not form.is_valid():
        return False
    try:
        rule(form.cleaned_data)
    except QuotaRefused as refusal:
        form.add_error(None, refusal)
    return form.is_valid()


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def quota_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a quota."""
    quota = get_quota_for_manager(request.user, pk)
    title, slug = str(quota), quota.project.slug
    form = QuotaForm(request.POST or None, instance=quota)
    if request.method == "POST" and _is_written(form, lambda figures: change_quota(quota, **figures)):
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
    remove_quota(quota)
    messages.success(request, _("The quota is removed."))
    return redirect("scheduling:quota_list", slug)
