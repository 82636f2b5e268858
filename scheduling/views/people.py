"""Managers' pages of participants: who is how far, finding one, and the right to book."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import qualifications, standing
from scheduling.access import get_qualification_for_manager
from scheduling.attendance_lists import attendance_lines
from scheduling.booking_forms import AmnestyForm
from scheduling.forms import PersonSearchForm
from scheduling.models import Project, Qualification, QualificationStatus
from scheduling.participants import Stage, count_participants, found_by, participants, rows_of
from scheduling.views.answers import carry_out_verb

PEOPLE_A_PAGE = 50
OBJECTIONS_SHOWN = 20

# What the button in the page says, by the verb in its address.
VERBS = {
    "suspend": qualifications.suspend_qualification,
    "restore": qualifications.restore_qualification,
    "withdraw": qualifications.withdraw_qualification,
    "keep": qualifications.keep_suspended,
}
STATUS_KINDS = {
    QualificationStatus.ACTIVE: "ok",
    QualificationStatus.SUSPENDED: "bad",
    QualificationStatus.WITHDRAWN: "idle",
}


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def person_list(request: PersonRequest) -> HttpResponse:
    """Show the participants of a project by stage; a search is sent by POST, so no address holds a name."""
    projects = list(Project.objects.order_by("-is_open", "name"))
    if not projects:
        return render(request, "scheduling/person_list.html", {"project": None})
    project = next((one for one in projects if one.slug == request.GET.get("project")), projects[0])
    stage, now = request.GET.get("stage", ""), timezone.now()
    people = participants(project=project, stage=stage, now=now)
    search = PersonSearchForm(request.POST or None)
    is_searched = search.is_bound and search.is_valid()
    if is_searched:
        people = found_by(people, search.cleaned_data["text"].strip())
    pages = Paginator(people, PEOPLE_A_PAGE)
    if not is_searched:
        pages.count = count_participants(project=project, stage=stage, now=now)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "projects": projects,
        "project": project,
        "stage": stage,
        "stages": Stage.choices,
        "search": search,
        "is_searched": is_searched,
        "page_obj": page,
        "rows": rows_of(page, project=project, now=now),
        "asked": qualifications.open_objections()
        .filter(qualification__project=project)
        .select_related("qualification__person__profile")[:OBJECTIONS_SHOWN],
    }
    return render(request, "scheduling/person_list.html", context)


@role_required(Role.MANAGER)
@require_safe
def qualification_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one person's right to book in a project, how they came, and what can be done with it."""
    return qualification_page(request, get_qualification_for_manager(request.user, pk))


def qualification_page(
    request: PersonRequest,
    qualification: Qualification,
    *,
    amnesty_form: AmnestyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of the right, with the form that was refused, if any."""
    moves, is_for_no_shows = (
        qualifications.MOVES[qualification.status],
        standing.is_for_no_shows(qualification),
    )
    is_suspended = qualification.status == QualificationStatus.SUSPENDED
    person, project = qualification.person, qualification.project
    context = {
        "qualification": qualification,
        "kind": STATUS_KINDS[QualificationStatus(qualification.status)],
        "events": [
            (event, QualificationStatus(event.new).label)
            for event in qualification.events.select_related("by__profile").order_by("-pk")
        ],
        "standing": standing.standing_of(person, project=project),
        "lines": attendance_lines(person, project=project),
        "objections": qualification.objections.order_by("-pk"),
        "is_asked": qualifications.open_objections().filter(qualification=qualification).exists(),
        "is_suspended": is_suspended,
        "may_suspend": is_for_no_shows if is_suspended else QualificationStatus.SUSPENDED in moves,
        "may_restore": QualificationStatus.ACTIVE in moves,
        "may_withdraw": QualificationStatus.WITHDRAWN in moves,
        "amnesty": standing.amnesty_of(person, project=project),
        "amnesty_form": amnesty_form or AmnestyForm(),
    }
    return render(request, "scheduling/qualification_edit.html", context, status=status)


@role_required(Role.MANAGER)
@require_POST
def qualification_move(request: PersonRequest, pk: int) -> HttpResponse:
    """Suspend, restore or withdraw a qualification, with the reason."""
    qualification = get_qualification_for_manager(request.user, pk)
    carry_out_verb(request, qualification, VERBS, done=_("The qualification is changed."))
    return redirect("scheduling:qualification_edit", pk)
