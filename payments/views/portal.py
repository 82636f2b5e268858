"""What a participant sees of their money."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import PersonRequest, Role, role_required
from payments import payees, statements
from payments.forms import AccountForm
from payments.models import PayeeAccount

CARDS_ON_A_PAGE = 10


@role_required(Role.PARTICIPANT)
@require_safe
def statement(request: PersonRequest) -> HttpResponse:
    """Show what the person earned and why, what is coming, and where it goes."""
    page = Paginator(statements.statement_payments(request.user), CARDS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    account = PayeeAccount.objects.filter(person=request.user).first()
    context = {
        "page_obj": page,
        "cards": statements.make_cards(page.object_list),
        "sums": statements.sum_up(request.user),
        "months": statements.sum_months(request.user)[:12],
        "masked": payees.mask(account) if account else "",
    }
    return render(request, "payments/statement.html", context)


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "POST"])
def account_edit(request: PersonRequest) -> HttpResponse:
    """Let the person set or replace the account that their pay goes to; the old number stays masked."""
    account = PayeeAccount.objects.filter(person=request.user).first()
    told = (
        {"kind": account.kind, "holder_name": account.holder_name, "bank_name": account.bank_name}
        if account
        else {}
    )
    form = AccountForm(request.POST or None, initial=told)
    if form.is_valid():
        try:
            payees.save_account(request.user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(FIELD_OF_CODE.get(refusal.code or ""), refusal)
        else:
            messages.success(request, _("Your account is saved. Your next pay goes there."))
            return redirect("payments:statement")
    context = {"form": form, "masked": payees.mask(account) if account else ""}
    return render(request, "payments/account_edit.html", context, status=422 if form.errors else 200)


FIELD_OF_CODE = {
    "bad_number": "number",
    "taken": "number",
    "bad_name": "holder_name",
    "bank_missing": "bank_name",
}
