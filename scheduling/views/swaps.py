"""Swaps: one's own shift, handing it on, requests to answer; and the managers' list of all."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from scheduling import rota, shifts, swaps, weeks
from scheduling.access import (
    SWAP_WITH_ALL,
    get_coming_shift,
    get_own_shift,
    get_swap_for,
    get_swap_for_manager,
)
from scheduling.models import Shift, ShiftStatus, Slot, SwapRequest, SwapStatus
from scheduling.rota_forms import SwapForm
from scheduling.views.answers import carry_out

SWAPS_A_PAGE, WAITING_SHOWN = 25, 30


@role_required(Role.OPERATOR)
@require_safe
def shift_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one shift of one's own: hand it on, or say that one cannot come."""
    return _shift_page(request, get_own_shift(request.user, pk))


def _shift_page(
    request: PersonRequest, shift: Shift, *, form: SwapForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    [cell] = weeks.with_cells(Slot.objects.filter(pk=shift.slot_id), now=now)
    pending = shift.swap_requests.pending() | SwapRequest.objects.pending().filter(wanted=shift)
    context = {
        "shift": shift,
        "cell": cell,
        "stands": shift.status == ShiftStatus.ASSIGNED,
        "has_begun": cell.slot.starts_at <= now,
        "is_over": cell.slot.ends_at <= now,
        "swaps": shifts.swap_rows(pending.distinct().order_by("pk")),
        "form": form or _swap_form(shift),
    }
    return render(request, "scheduling/shift_detail.html", context, status=status)


def _swap_form(shift: Shift, data: object = None) -> SwapForm:
    now = timezone.now()
    return SwapForm(
        data, colleagues=shifts.colleagues_of(shift), shifts=shifts.shifts_in_return(shift, now=now)
    )


@role_required(Role.OPERATOR)
@require_POST
def shift_absent(request: PersonRequest, pk: int) -> HttpResponse:
    """Take somebody off their shift who says that they cannot come; the managers are told."""
    shift = get_own_shift(request.user, pk)
    reason = request.POST.get("reason", "")[:300]
    is_done = carry_out(
        request,
        lambda: rota.report_absence(shift, by=request.user, now=timezone.now(), reason=reason),
        done=_("You are off this shift, and the managers know."),
    )
    return redirect("scheduling:shift_list") if is_done else redirect("scheduling:shift_detail", pk)


@role_required(Role.OPERATOR)
@require_POST
def swap_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask a colleague, or anybody who can, for a shift of one's own."""
    shift = get_own_shift(request.user, pk)
    form = _swap_form(shift, request.POST)
    if not form.is_valid():
        return _shift_page(request, shift, form=form, status=422)
    data = form.cleaned_data
    wanted = get_coming_shift(int(data["wanted"])) if data["wanted"] else None
    asked = User.objects.filter(pk=int(data["whom"])).first() if data["whom"] else None
    try:
        swaps.ask_swap(
            shift,
            asked=asked or (wanted.person if wanted else None),
            wanted=wanted,
            note=data["note"],
            hours=data["hours"],
            by=request.user,
            now=timezone.now(),
        )
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _shift_page(request, shift, form=form, status=409)
    messages.success(request, _("Asked. The shift stays yours until somebody takes it."))
    return redirect("scheduling:swap_list")


@role_required(Role.OPERATOR)
@require_safe
def swap_list(request: PersonRequest) -> HttpResponse:
    """Show the requests that one may answer, and one's own."""
    now = timezone.now()
    mine = SwapRequest.objects.filter(Q(asker=request.user) | Q(asked=request.user) | Q(taker=request.user))
    past = mine.exclude(status__in=[SwapStatus.OPEN, SwapStatus.AGREED]).order_by("-pk")
    context = {
        "to_me": shifts.swap_rows(swaps.swaps_open_to(request.user, now=now)),
        "agreed": shifts.swap_rows(mine.filter(status=SwapStatus.AGREED, taker=request.user).order_by("pk")),
        "mine": shifts.swap_rows(mine.pending().filter(asker=request.user).order_by("pk")),
        "past": shifts.swap_rows(past[:SWAPS_A_PAGE]),
    }
    return render(request, "scheduling/swap_list.html", context)


@role_required(Role.OPERATOR)
@require_POST
def swap_answer(request: PersonRequest, pk: int) -> HttpResponse:
    """Accept, decline or take back a request."""
    swap, now = get_swap_for(request.user, pk), timezone.now()
    rules = {"accept": swaps.accept_swap, "decline": swaps.decline_swap, "withdraw": swaps.withdraw_swap}
    rule = rules.get(request.POST.get("verb", ""))
    if rule is None:
        raise Http404
    try:
        rule(swap, by=request.user, now=now)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("scheduling:swap_list")
    done = {
        SwapStatus.DONE: _("The shift is yours now."),
        SwapStatus.AGREED: _("A manager has to say yes first. You are told."),
        SwapStatus.DECLINED: _("Declined. Your colleague is told."),
        SwapStatus.WITHDRAWN: _("Your request is taken back. The shift stays yours."),
    }
    messages.success(request, done[SwapStatus(swap.status)])
    return redirect("scheduling:swap_list")


@role_required(Role.MANAGER)
@require_safe
def swap_desk(request: PersonRequest) -> HttpResponse:
    """Show managers every request, those that wait for a manager first."""
    all_swaps = SwapRequest.objects.all()
    waiting = all_swaps.filter(status=SwapStatus.AGREED).order_by("expires_at", "pk")
    others = all_swaps.exclude(status=SwapStatus.AGREED).select_related(*SWAP_WITH_ALL).order_by("-pk")
    page = Paginator(others, SWAPS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": shifts.swap_rows(waiting[:WAITING_SHOWN]),
        "waiting_count": waiting.count(),
        "page_obj": page,
        "rows": [shifts.SwapRow(swap) for swap in page.object_list],
    }
    return render(request, "scheduling/swap_desk.html", context)


@role_required(Role.MANAGER)
@require_POST
def swap_settle(request: PersonRequest, pk: int) -> HttpResponse:
    """Approve or refuse what two have agreed on."""
    swap, now = get_swap_for_manager(request.user, pk), timezone.now()
    rule = {"approve": swaps.approve_swap, "refuse": swaps.refuse_swap}.get(request.POST.get("verb", ""))
    if rule is None:
        raise Http404
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: rule(swap, by=request.user, now=now, reason=reason),
        done=_("Settled. Both are told."),
    )
    return redirect("scheduling:swap_desk")
