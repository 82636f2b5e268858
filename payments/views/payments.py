"""Payments at the desk: the list, its export, one payment and what may be done to it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, has_role, role_required
from payments import access, earnings, exports, ledger, payees, statements
from payments.deductions import deductible_fen
from payments.forms import PaymentFilterForm, ReasonForm
from payments.models import Deduction, PayeeAccount, Payment
from payments.models.payment import PaymentQuerySet
from scheduling.views.answers import carry_out

ROWS_ON_A_PAGE = 50
# What a status looks like: a badge kind of docs/design.md.
DEDUCTION_BADGES = {"proposed": "wait", "approved": "ok", "refused": "idle"}
BADGES = {"due": "wait", "approved": "next", "in_batch": "info", "paid": "ok", "closed": "idle"}


@role_required(*access.DESK_ROLES)
@require_safe
def payment_list(request: PersonRequest) -> HttpResponse:
    """List the payments that the person may see, with what all of them come to."""
    form, payments = _chosen(request)
    # The keys first: the database would reckon the amounts of every payment before it sorts them.
    page = Paginator(payments.values_list("pk", flat=True), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = payments.filter(pk__in=list(page.object_list))
    rows = shown.select_related("person__profile", "project", "booking__slot__booth__studio")
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": page,
        "rows": rows,
        "sums": ledger.sum_payments(payments),
        "badges": BADGES,
        "query": query.urlencode(),
        "may_export": has_role(request.user, Role.FINANCE),
    }
    return render(request, "payments/payment_list.html", context)


@role_required(Role.FINANCE)
@require_safe
def payment_export(request: PersonRequest) -> HttpResponse:
    """Return the same rows as a CSV file that no spreadsheet runs as formulas."""
    _form, payments = _chosen(request)
    rows = payments.select_related("person", "project", "booking__slot__booth__studio")
    response = HttpResponse(exports.payments_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="payments.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _chosen(request: PersonRequest) -> tuple[PaymentFilterForm, PaymentQuerySet]:
    """Return the filter and the payments it leaves; a filter that cannot be read narrows nothing."""
    payments = access.payments_for(request.user)
    months = ledger.months_of(payments)
    form = PaymentFilterForm(request.GET, months=months)
    form.is_valid()
    chosen = form.cleaned_data
    return form, ledger.select_payments(
        payments,
        status=chosen.get("status", ""),
        months=ledger.month_span(chosen.get("month", "")),
        project=chosen.get("project"),
        sort=chosen.get("sort", ""),
    )


@role_required(Role.PARTICIPANT, *access.DESK_ROLES)
@require_safe
def payment_detail(request: PersonRequest, payment_id: int) -> HttpResponse:
    """Show one payment: to its person as a card of the statement, to the desk with all that happened."""
    payment = access.get_payment_for(request.user, payment_id)
    if payment.person_id == request.user.pk:
        card = statements.make_cards(statements.statement_payments(request.user).filter(pk=payment.pk))[0]
        return render(request, "payments/payment_own.html", {"card": card, "payment": payment})
    return render(request, "payments/payment_detail.html", _desk_context(request, payment))


def _desk_context(request: HttpRequest, payment: Payment, *, full_number: str = "") -> dict[str, object]:
    """Return what the desk's page of a payment shows."""
    now = timezone.now()
    account = PayeeAccount.objects.filter(person=payment.person_id).first()
    return {
        "payment": payment,
        "badges": BADGES,
        "deduction_badges": DEDUCTION_BADGES,
        "lines": [
            (line, statements.explain_line(line))
            for line in payment.lines.select_related("deduction", "payout__tax", "by__profile")
        ],
        "events": payment.events.select_related("by__profile"),
        "deductions": Deduction.objects.filter(payment=payment).select_related(
            "proposed_by__profile", "decided_by__profile"
        ),
        "payouts": payment.payouts.select_related("batch").order_by("-pk"),
        "left_fen": deductible_fen(payment),
        "masked": payees.mask(account) if account else "",
        "account_events": account.events.select_related("by__profile") if account else [],
        "full_number": full_number,
        "is_early": now < payment.approvable_at,
        "is_finance": has_role(request.user, Role.FINANCE),
    }


@role_required(Role.FINANCE)
@require_POST
def payment_approve(request: PersonRequest, payment_id: int) -> HttpResponse:
    """Approve a payment by hand; before its day with a reason."""
    payment = access.get_payment_for(request.user, payment_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    now = timezone.now()
    carry_out(
        request,
        lambda: earnings.approve_payment(payment, by=request.user, now=now, reason=reason),
        done=_("The payment is approved."),
    )
    return redirect("payments:payment_detail", payment.pk)


@role_required(Role.FINANCE)
@require_POST
def account_reveal(request: PersonRequest, payment_id: int) -> HttpResponse:
    """Show the full account behind a payment once, and log who asked and why."""
    payment = access.get_payment_for(request.user, payment_id)
    account = access.get_account_behind(payment)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    numbers: list[str] = []
    carry_out(
        request,
        lambda: numbers.append(
            payees.reveal_account(account, by=request.user, reason=reason, now=timezone.now())
        ),
        done=_("This look at the account is noted."),
    )
    context = _desk_context(request, payment, full_number="".join(numbers))
    response = render(request, "payments/payment_detail.html", context, status=200 if numbers else 422)
    response["Cache-Control"] = "no-store"
    return response
