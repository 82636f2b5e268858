"""Deductions: proposed on a payment's page, decided by another. Rule: R-38."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, has_role, role_required
from payments import access, deductions
from payments.forms import DeductionForm, ReasonForm
from payments.models import DeductionStatus
from payments.views.payments import DEDUCTION_BADGES
from scheduling.form_keys import once_per_form_key
from scheduling.views.answers import carry_out

ROWS_ON_A_PAGE = 20
FIELD_OF_CODE = {
    "over_pay": "amount",
    "amount_not_positive": "amount",
    "evidence_missing": "evidence_take",
    "words_missing": "words",
}


@role_required(*access.DESK_ROLES)
@require_safe
def deduction_list(request: PersonRequest) -> HttpResponse:
    """List what waits to be decided, or what was decided, oldest first or newest first."""
    status = request.GET.get("status", DeductionStatus.PROPOSED)
    if status not in DeductionStatus.values:
        status = DeductionStatus.PROPOSED
    rows = (
        access.deductions_for(request.user)
        .filter(status=status)
        .select_related(
            "payment__person__profile",
            "payment__booking__slot__booth__studio",
            "proposed_by__profile",
            "decided_by__profile",
        )
        .order_by("proposed_at" if status == DeductionStatus.PROPOSED else "-decided_at", "pk")
    )
    context = {
        "page_obj": Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page")),
        "tabs": DeductionStatus.choices,
        "status": status,
        "badges": DEDUCTION_BADGES,
        "may_decide": has_role(request.user, Role.FINANCE),
    }
    return render(request, "payments/deduction_list.html", context)


@role_required(*access.DESK_ROLES)
@require_http_methods(["GET", "POST"])
@once_per_form_key
def deduction_propose(request: PersonRequest, payment_id: int) -> HttpResponse:
    """Propose a deduction from a due payment."""
    payment = access.get_payment_for(request.user, payment_id)
    form = DeductionForm(request.POST or None)
    if form.is_valid():
        try:
            deductions.propose_deduction(payment, by=request.user, now=timezone.now(), **form.rule_fields())
        except ValidationError as refusal:
            form.add_error(FIELD_OF_CODE.get(refusal.code or ""), refusal)
        else:
            messages.success(request, _("The deduction is proposed. Somebody else decides it."))
            return redirect("payments:payment_detail", payment.pk)
    context = {"form": form, "payment": payment, "left_fen": deductions.deductible_fen(payment)}
    return render(request, "payments/deduction_form.html", context, status=422 if form.errors else 200)


@role_required(Role.FINANCE)
@require_POST
def deduction_approve(request: PersonRequest, deduction_id: int) -> HttpResponse:
    """Approve a deduction that somebody else proposed."""
    deduction = access.get_deduction_for(request.user, deduction_id)
    now = timezone.now()
    carry_out(
        request,
        lambda: deductions.approve_deduction(deduction, by=request.user, now=now, note=_reason(request)),
        done=_("The deduction is approved and stands in the books."),
    )
    return redirect("payments:deduction_list")


@role_required(Role.FINANCE)
@require_POST
def deduction_refuse(request: PersonRequest, deduction_id: int) -> HttpResponse:
    """Refuse a deduction with a note."""
    deduction = access.get_deduction_for(request.user, deduction_id)
    now = timezone.now()
    carry_out(
        request,
        lambda: deductions.refuse_deduction(deduction, by=request.user, now=now, note=_reason(request)),
        done=_("The deduction is refused. The pay stays as it was."),
    )
    return redirect("payments:deduction_list")


def _reason(request: PersonRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""
