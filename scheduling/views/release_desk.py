"""Managers' pages of release moments: choose slots and a moment, look on, change, see the draw. Rule: R-45."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from scheduling import release_pages, releases
from scheduling.access import get_release_for_manager
from scheduling.models import Release, ReleaseEvent, ReleaseStatus, Slot, SlotStatus, Ticket, TicketStatus
from scheduling.release_forms import MomentForm, ReleaseForm
from scheduling.slot_days import ticked_by_day
from scheduling.views.answers import carry_out

RELEASES_A_PAGE = 30
TICKETS_A_PAGE = 50
KINDS = {
    ReleaseStatus.PLANNED: "wait",
    ReleaseStatus.DRAWING: "info",
    ReleaseStatus.OPEN: "ok",
    ReleaseStatus.CANCELLED: "idle",
}
TICKET_KINDS = {
    TicketStatus.ENTERED: "wait",
    TicketStatus.WON: "ok",
    TicketStatus.UNLUCKY: "idle",
    TicketStatus.WITHDRAWN: "idle",
    TicketStatus.VOID: "idle",
}
_IN_DRAW = [TicketStatus.ENTERED, TicketStatus.WON, TicketStatus.UNLUCKY]


@role_required(Role.MANAGER)
@require_safe
def release_list(request: PersonRequest) -> HttpResponse:
    """List the release moments, the latest first, with their slots and tickets."""
    # Each counted by itself: slots joined with tickets would be as many rows as both multiplied.
    rows = Release.objects.select_related("project").annotate(
        slot_count=_count_of(Slot.objects.all()),
        ticket_count=_count_of(Ticket.objects.filter(status__in=_IN_DRAW)),
    )
    page = Paginator(rows.order_by("-opens_at", "-pk"), RELEASES_A_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "cards": [(row, KINDS[ReleaseStatus(row.status)]) for row in page]}
    return render(request, "scheduling/release_list.html", context)


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    """Return the expression that counts those of the rows that are of the annotated release."""
    counts = rows.filter(release=OuterRef("pk")).order_by().values("release").annotate(count=Count("pk"))
    return Coalesce(Subquery(counts.values("count")), 0)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def release_new(request: PersonRequest) -> HttpResponse:
    """Choose city, days and a moment; then, from what is free, the slots that open at it."""
    now = timezone.now()
    form = ReleaseForm(request.POST or (request.GET if "project" in request.GET else None), now=now)
    slots: list[Any] = []
    if form.is_valid():
        slots = form.find_slots(now=now)
        if request.method == "POST":
            try:
                release = releases.make_release(
                    form.cleaned_data["project"],
                    name=form.cleaned_data["name"],
                    opens_at=form.cleaned_data["opens_at"],
                    slot_ids=form.cleaned_data["slots"],
                    by=request.user,
                    now=now,
                )
                return redirect("scheduling:release_manage", release.pk)
            except ValidationError as refusal:
                form.add_error(None, refusal)
    chosen = set(form.cleaned_data.get("slots") or ()) if form.is_bound else set()
    context = {
        "form": form,
        "slot_count": len(slots),
        "days": ticked_by_day((slot, not chosen or slot.pk in chosen) for slot in slots),
        "is_chosen": form.is_bound and not form.has_field_errors(),
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "scheduling/release_new.html", context, status=status)


@role_required(Role.MANAGER)
@require_safe
def release_manage(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a release with its chances, slots, tickets and history, and what can still be done."""
    release, now = get_release_for_manager(request.user, pk), timezone.now()
    slots = release.slots.select_related("booth__studio__city").annotate(
        wish_count=Count("wishes", filter=Q(wishes__ticket__status__in=_IN_DRAW), distinct=True),
        first_count=Count(
            "wishes", filter=Q(wishes__rank=1, wishes__ticket__status__in=_IN_DRAW), distinct=True
        ),
    )
    page = Paginator(release_pages.tickets_in_order(release), TICKETS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "release": release,
        "kind": KINDS[ReleaseStatus(release.status)],
        "odds": release_pages.odds_of(release),
        "won_count": release.tickets.filter(status=TicketStatus.WON).count(),
        "slots": slots.order_by("starts_at", "pk"),
        "closed": SlotStatus.CLOSED,
        "page_obj": page,
        "tickets": [(ticket, TICKET_KINDS[TicketStatus(ticket.status)]) for ticket in page],
        "events": ReleaseEvent.objects.filter(release=release).select_related("by__profile").order_by("pk"),
        "is_planned": releases.is_planned(release, now=now),
        "is_fixed": now >= releases.fixed_from(release),
        "moment_form": MomentForm(initial={"opens_at": release.opens_at}),
    }
    return render(request, "scheduling/release_manage.html", context)


@role_required(Role.MANAGER)
@require_POST
def release_change(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a release open at another moment."""
    release, form = get_release_for_manager(request.user, pk), MomentForm(request.POST)

    def change() -> None:
        if not form.is_valid():
            raise ValidationError(_("Write day and time of the moment."), code="moment")
        releases.change_release(
            release, opens_at=form.cleaned_data["opens_at"], by=request.user, now=timezone.now()
        )

    carry_out(request, change, done=_("The moment is changed. Who is in the draw is told."))
    return redirect("scheduling:release_manage", pk)


@role_required(Role.MANAGER)
@require_POST
def release_cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """End a release without a draw."""
    release = get_release_for_manager(request.user, pk)
    reason = request.POST.get("reason", "")[:300]
    carry_out(
        request,
        lambda: releases.cancel_release(release, by=request.user, now=timezone.now(), reason=reason),
        done=_("The release is cancelled. Its slots are open like all others."),
    )
    return redirect("scheduling:release_manage", pk)


@role_required(Role.MANAGER)
@require_POST
def release_at_once(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a release open now."""
    release = get_release_for_manager(request.user, pk)
    carry_out(
        request,
        lambda: releases.release_now(release, by=request.user, now=timezone.now()),
        done=_("Released. The tickets are being drawn; then the rest is open."),
    )
    return redirect("scheduling:release_manage", pk)
