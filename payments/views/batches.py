"""Payout batches at the desk of finance: made, approved by another, sent, answered. Rule: R-41."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.body_limits import takes_files
from payments import access, payouts, results
from payments.answers import MAX_ANSWER_BYTES, Answer, Outcome, read_answers
from payments.forms import BatchForm, ReasonForm, ResultForm, ResultsFileForm
from payments.models import BatchFile, PayeeAccountKind, Payment, Payout, PayoutBatch
from payments.results import OPEN_STATUSES, Recorded
from scheduling.views.answers import carry_out

BATCHES_ON_A_PAGE = 20
PAYOUTS_ON_A_PAGE = 100
BATCH_BADGES = {
    "draft": "wait",
    "approved": "next",
    "submitted": "info",
    "settled": "ok",
    "cancelled": "idle",
}
PAYOUT_BADGES = {
    "draft": "info",
    "approved": "info",
    "submitted": "wait",
    "unknown": "warn",
    "success": "ok",
    "failed": "bad",
    "cancelled": "idle",
}


@role_required(Role.FINANCE)
@require_safe
def batch_list(request: PersonRequest) -> HttpResponse:
    """List the batches, and what a new one would pay to each kind of account."""
    # Of each batch that is shown: joined with its payouts, all batches would be grouped by all their columns.
    rows = Payout.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    batches = (
        PayoutBatch.objects.select_related("made_by__profile", "approved_by__profile")
        .annotate(
            count=Coalesce(Subquery(rows.annotate(of_batch=Count("pk")).values("of_batch")), 0),
            sum_fen=Subquery(rows.annotate(of_batch=Sum("amount_fen")).values("of_batch")),
        )
        .order_by("-pk")
    )
    waiting = (
        Payment.objects.payable()
        .order_by()
        .values("person__payee_account__kind")
        .annotate(count=Count("pk"), sum_fen=Sum("net_fen"))
    )
    found = {row["person__payee_account__kind"]: row for row in waiting}
    context = {
        "page_obj": Paginator(batches, BATCHES_ON_A_PAGE).get_page(request.GET.get("page")),
        "waiting": [(kind, label, found[kind]) for kind, label in PayeeAccountKind.choices if kind in found],
        "without_account": Payment.objects.filter(
            status="approved", person__payee_account__isnull=True
        ).count(),
        "badges": BATCH_BADGES,
    }
    return render(request, "payments/batch_list.html", context)


@role_required(Role.FINANCE)
@require_POST
def batch_make(request: PersonRequest) -> HttpResponse:
    """Put the payable payments of one kind of account into a new draft, oldest first."""
    form = BatchForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose Alipay or bank accounts."))
        return redirect("payments:batch_list")
    payable = Payment.objects.payable().filter(person__payee_account__kind=form.cleaned_data["kind"])
    payments = list(payable.order_by("approved_at", "pk")[: payouts.MAX_BATCH_PAYOUTS])
    made: list[PayoutBatch] = []
    is_made = carry_out(
        request,
        lambda: made.append(payouts.make_batch(payments, by=request.user, now=timezone.now())),
        done=_("The batch is made. Somebody else approves it."),
    )
    return redirect("payments:batch_detail", made[0].pk) if is_made else redirect("payments:batch_list")


@role_required(Role.FINANCE)
@require_safe
def batch_detail(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Show one batch, its payouts, and the next thing to do with it."""
    return _batch_page(request, access.get_batch(batch_id), form=ResultsFileForm())


def _batch_page(
    request: PersonRequest, batch: PayoutBatch, *, form: ResultsFileForm, status: int = 200
) -> HttpResponse:
    rows = batch.payouts.select_related("payment__person__profile", "replaces__batch", "tax").order_by("pk")
    context = {
        "batch": batch,
        "page_obj": Paginator(rows, PAYOUTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "sums": batch.payouts.aggregate(
            count=Count("pk"), sum_fen=Sum("amount_fen"), tax_fen=Sum("tax__withheld_fen")
        ),
        "file_name": BatchFile.objects.filter(batch=batch).values_list("name", flat=True).first(),
        "events": batch.events.select_related("by__profile"),
        "is_mine": batch.made_by_id == request.user.pk,
        "badges": BATCH_BADGES,
        "payout_badges": PAYOUT_BADGES,
        "open_statuses": OPEN_STATUSES,
        "form": form,
        "result_form": ResultForm(auto_id=False),
    }
    return render(request, "payments/batch_detail.html", context, status=status)


@role_required(Role.FINANCE)
@require_POST
def batch_approve(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Approve somebody else's draft and freeze its file."""
    batch = access.get_batch(batch_id)
    carry_out(
        request,
        lambda: payouts.approve_batch(batch, by=request.user, now=timezone.now()),
        done=_("The batch is approved and its file is frozen."),
    )
    return redirect("payments:batch_detail", batch.pk)


@role_required(Role.FINANCE)
@require_POST
def batch_submit(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Note that the file is at the bank."""
    batch = access.get_batch(batch_id)
    carry_out(
        request,
        lambda: payouts.mark_submitted(batch, by=request.user, now=timezone.now()),
        done=_("The batch is submitted. It is paid when the results say so."),
    )
    return redirect("payments:batch_detail", batch.pk)


@role_required(Role.FINANCE)
@require_POST
def batch_cancel(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Cancel a draft."""
    batch = access.get_batch(batch_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    carry_out(
        request,
        lambda: payouts.cancel_batch(batch, by=request.user, now=timezone.now(), reason=reason),
        done=_("The batch is cancelled. Its payments can go into another one."),
    )
    return redirect("payments:batch_detail", batch.pk)


@role_required(Role.FINANCE)
@require_safe
def batch_file(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Hand out the frozen file, the same bytes every time, and note to whom."""
    batch = access.get_batch(batch_id)
    try:
        name, content = batch.file.name, payouts.hand_out_file(batch, by=request.user, now=timezone.now())
    except BatchFile.DoesNotExist as missing:
        raise Http404 from missing
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
        return _batch_page(request, batch, form=ResultsFileForm(), status=409)
    response = HttpResponse(content, content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@takes_files(MAX_ANSWER_BYTES)
@role_required(Role.FINANCE)
@require_POST
def batch_results(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Read the bank's file of answers into the batch: all of it, or nothing."""
    batch = access.get_batch(batch_id)
    form = ResultsFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            rows = read_answers(form.read())
            recorded = results.record_results(batch, rows=rows, by=request.user, now=timezone.now())
        except ValidationError as refusal:
            form.add_error("file", refusal)
        else:
            messages.success(request, _words(recorded))
            return redirect("payments:batch_detail", batch.pk)
    return _batch_page(request, batch, form=form, status=422)


@role_required(Role.FINANCE)
@require_POST
def payout_result(request: PersonRequest, batch_id: int, payout_id: int) -> HttpResponse:
    """Write the bank's answer to one payout."""
    batch = access.get_batch(batch_id)
    payout = access.get_payout(batch, payout_id)
    form = ResultForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a result: paid, failed or unknown."))
        return redirect("payments:batch_detail", batch.pk)
    answer = Answer(
        number=payout.number,
        outcome=Outcome(form.cleaned_data["outcome"]),
        message=form.cleaned_data["message"],
    )
    carry_out(
        request,
        lambda: results.record_results(batch, rows=[answer], by=request.user, now=timezone.now()),
        done=_("The result is noted."),
    )
    return redirect("payments:batch_detail", batch.pk)


def _words(recorded: Recorded) -> str:
    return _("%(paid)d paid, %(failed)d failed, %(unknown)d unknown, %(unchanged)d known already.") % vars(
        recorded
    )
