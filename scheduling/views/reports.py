"""Reports: a participant says what is wrong with another, a manager looks at it and decides."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling import blocks, reports
from scheduling.access import (
    get_addressed_entry_for,
    get_board_entry_for,
    get_invitation_to,
    get_pair_for,
    get_report_for_manager,
)
from scheduling.board import open_entry
from scheduling.board_forms import ReportForm
from scheduling.form_keys import once_per_form_key
from scheduling.models import BoardEntry, Project, Qualification, Report, ReportStatus
from scheduling.views.answers import carry_out, carry_out_verb

REPORTS_A_PAGE = 50
STATUS_KINDS = {
    ReportStatus.OPEN: "wait",
    ReportStatus.DISMISSED: "idle",
    ReportStatus.HIDDEN: "ok",
    ReportStatus.SUSPENDED: "bad",
}
# What the button in the page says, by its value.
VERBS = {
    "dismiss": reports.dismiss_report,
    "hide": reports.hide_entry,
    "suspend": reports.suspend_person,
}


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def entry_report(request: PersonRequest, pk: int) -> HttpResponse:
    """Report what somebody wrote on the board."""
    if request.method == "POST":  # what was read a moment ago may be gone, and is reported all the same
        entry = get_addressed_entry_for(request.user, pk)
    else:
        entry = get_board_entry_for(request.user, pk, now=timezone.now())
    back = f"{reverse('scheduling:board_list')}?project={entry.project.slug}"
    return _report(request, person=entry.person, project=entry.project, entry=entry, back=back)


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def inviter_report(request: PersonRequest, pk: int) -> HttpResponse:
    """Report somebody who asked to be a pair."""
    invitation = get_invitation_to(request.user, pk)
    return _report(request, person=invitation.inviter, project=invitation.project, entry=None)


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def partner_report(request: PersonRequest, pk: int) -> HttpResponse:
    """Report one's partner, present or past."""
    pair = get_pair_for(request.user, pk)
    partner = pair.person_b if pair.person_a_id == request.user.pk else pair.person_a
    return _report(request, person=partner, project=pair.project, entry=None)


def _report(
    request: PersonRequest,
    *,
    person: User,
    project: Project,
    entry: BoardEntry | None,
    back: str = "",
) -> HttpResponse:
    """Show the form, take the report, and block the person when that is wanted too."""
    now, form = timezone.now(), ReportForm(request.POST or None)
    back = back or reverse("scheduling:pair_list")
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            reports.report_person(
                person,
                project=project,
                entry=entry,
                reason=told["reason"],
                text=told["text"],
                by=request.user,
                now=now,
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Thank you. A manager looks at it; the other person is not told."))
            if told["block"]:
                carry_out(
                    request,
                    lambda: blocks.block_person(request.user, blocked=person, now=now),
                    done=_("You will not see this person again."),
                )
            return redirect(back)
    shown = None if request.method == "POST" else entry
    context = {"form": form, "person": person, "entry": shown, "back_url": back}
    return render(request, "scheduling/report_new.html", context, status=422 if form.is_bound else 200)


@role_required(Role.MANAGER)
@require_safe
def report_list(request: PersonRequest) -> HttpResponse:
    """Show the reports of one state, those that wait first of all."""
    wanted = request.GET.get("status", "")
    status = wanted if wanted in ReportStatus.values else ReportStatus.OPEN.value
    found = Report.objects.filter(status=status).select_related("project", "reporter", "person", "entry")
    order = ("made_at", "pk") if status == ReportStatus.OPEN else ("-made_at", "-pk")
    page = Paginator(found.order_by(*order), REPORTS_A_PAGE).get_page(request.GET.get("page"))
    context = {"status": status, "statuses": ReportStatus.choices, "page_obj": page}
    return render(request, "scheduling/report_list.html", context)


@role_required(Role.MANAGER)
@require_safe
def report_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one report with what it is about, the person's other reports, and what can be done."""
    report = get_report_for_manager(request.user, pk)
    current = open_entry(report.person, project=report.project, now=timezone.now())
    context = {
        "report": report,
        "current": current,
        "is_edited": current is not None and current.pk != report.entry_id,
        "kind": STATUS_KINDS[ReportStatus(report.status)],
        "qualification": Qualification.objects.filter(project=report.project, person=report.person).first(),
        "is_open": report.status == ReportStatus.OPEN,
        "others": Report.objects.filter(person=report.person).exclude(pk=report.pk).count(),
        "events": [
            (event, ReportStatus(event.new).label)
            for event in report.events.select_related("by__profile").order_by("-pk")
        ],
    }
    return render(request, "scheduling/report_detail.html", context)


@role_required(Role.MANAGER)
@require_POST
def report_settle(request: PersonRequest, pk: int) -> HttpResponse:
    """Dismiss the report, hide the entry, or suspend the person, with the reason."""
    report = get_report_for_manager(request.user, pk)
    carry_out_verb(request, report, VERBS, done=_("The report is settled."))
    return redirect("scheduling:report_detail", pk)
