"""A participant reads how they came to their sessions, what it means, and objects to a suspension. Rule: R-26."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import qualifications
from scheduling.access import get_qualification_of
from scheduling.attendance_lists import attendance_lines
from scheduling.booking_forms import ObjectionForm
from scheduling.first_choice import has_first_choice
from scheduling.form_keys import once_per_form_key
from scheduling.models import Qualification, QualificationStatus
from scheduling.standing import standing_of
from scheduling.views.answers import carry_out


@role_required(Role.PARTICIPANT)
@require_safe
def attendance_own(request: PersonRequest) -> HttpResponse:
    """Show the person their sessions, project by project, and where they stand."""
    return _page(request)


def _page(
    request: PersonRequest, *, refused: int = 0, form: ObjectionForm | None = None, status: int = 200
) -> HttpResponse:
    mine = Qualification.objects.filter(person=request.user).select_related("project", "person")
    rights = [
        right_of(one, form=form if one.pk == refused else None) for one in mine.order_by("-granted_at", "pk")
    ]
    return render(request, "scheduling/attendance_own.html", {"rights": rights}, status=status)


def right_of(qualification: Qualification, *, form: ObjectionForm | None = None) -> dict[str, Any]:
    """Return what a page shows of the person's right in one project."""
    project, person = qualification.project, qualification.person
    is_suspended = qualification.status == QualificationStatus.SUSPENDED
    suspension = qualification.events.filter(new=QualificationStatus.SUSPENDED).order_by("-pk").first()
    objection = qualification.objections.order_by("-pk").first() if is_suspended else None
    return {
        "qualification": qualification,
        "project": project,
        "standing": standing_of(person, project=project),
        "has_first_choice": has_first_choice(person, project=project),
        "lines": attendance_lines(person, project=project),
        "is_suspended": is_suspended,
        "is_withdrawn": qualification.status == QualificationStatus.WITHDRAWN,
        "suspension": suspension if is_suspended else None,
        "objection": objection,
        "is_waiting": objection is not None
        and qualifications.open_objections().filter(pk=objection.pk).exists(),
        "form": form or ObjectionForm(),
    }


@role_required(Role.PARTICIPANT)
@require_POST
@once_per_form_key
def suspension_object(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the person's objection to their suspension."""
    qualification, form = get_qualification_of(request.user, pk), ObjectionForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=qualification.pk, form=form, status=422)
    words = form.cleaned_data["words"]
    carry_out(
        request,
        lambda: qualifications.object_to_suspension(qualification, words=words, now=timezone.now()),
        done=_("A manager reads it and answers. You will be told."),
    )
    return redirect("scheduling:attendance_own")
