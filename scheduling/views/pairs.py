"""A participant's partners: a code to give, a code to enter, and the pairs there are. Rules: R-16, R-17."""

from datetime import datetime

import segno
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from accounts.models import User
from accounts.phones import format_phone
from scheduling import blocks, invitations, pair_codes, pairs
from scheduling.access import get_invitation_for, get_pair_for
from scheduling.form_keys import once_per_form_key
from scheduling.forms import CodeForm
from scheduling.models import (
    Block,
    Booking,
    BookingStatus,
    Invitation,
    InvitationStatus,
    Pair,
    Project,
    QualificationStatus,
)
from scheduling.views.answers import carry_out
from scheduling.views.board import received_cards


@role_required(Role.PARTICIPANT)
@require_safe
def pair_list(request: PersonRequest) -> HttpResponse:
    """Show the person's codes, with QR and the time left, and their partners."""
    now = timezone.now()
    open_ones = Invitation.objects.filter(
        inviter=request.user, invited=None, status=InvitationStatus.OPEN, expires_at__gt=now
    ).select_related("project")
    codes = [_code_card(invitation, request=request) for invitation in open_ones]
    invited = {invitation.project_id for invitation in open_ones}
    projects = Project.objects.filter(
        is_open=True,
        qualifications__person=request.user,
        qualifications__status=QualificationStatus.ACTIVE,
    ).order_by("name")
    context = {
        "codes": codes,
        "projects_to_invite": [project for project in projects if project.pk not in invited],
        "is_qualified": bool(projects),
        "received": received_cards(request.user, now=now),
        "sent": [(one, invitations.why_it_rests(one)) for one in invitations.sent_by(request.user, now=now)],
        "pairs": [_pair_card(pair, person=request.user) for pair in _pairs_of(request.user, now=now)],
        "blocks": Block.objects.filter(person=request.user).select_related("blocked").order_by("-at"),
        "code_form": CodeForm(),
    }
    return render(request, "scheduling/pair_list.html", context)


def _code_card(invitation: Invitation, *, request: PersonRequest) -> dict[str, object]:
    """Return what the page shows of a code: in two halves for the eye, and as a QR that opens the join page."""
    code = invitation.code
    link = request.build_absolute_uri(f"{reverse('scheduling:pair_join')}?code={code}")
    qr = segno.make(link, error="m", micro=False)
    return {
        "invitation": invitation,
        "code": f"{code[:4]}-{code[4:]}",
        "link": link,
        "qr": qr.svg_data_uri(border=2, omitsize=True, dark="#000", light="#fff"),
    }


def _pairs_of(person: User, *, now: datetime) -> QuerySet[Pair]:
    """Return the person's living pairs with both people's names and how many sessions they recorded."""
    coming = Booking.objects.unfinished(now=now).filter(pair=OuterRef("pk"))
    return (
        Pair.objects.filter(Q(person_a=person) | Q(person_b=person), ended_at=None)
        .select_related("project", "person_a__profile", "person_b__profile")
        .annotate(
            recorded=Count("bookings", filter=Q(bookings__status=BookingStatus.COMPLETED)),
            has_coming=Exists(coming),
        )
        .order_by("-made_at")
    )


def _pair_card(pair: Pair, *, person: User) -> dict[str, object]:
    is_a = pair.person_a_id == person.pk
    partner = pair.person_b if is_a else pair.person_a
    return {
        "pair": pair,
        "partner": partner,
        "phone": format_phone(partner.phone) if partner.phone else "",
        "is_a": is_a,
        "left": max(0, pair.project.max_sessions_per_pair - pair.recorded),  # type: ignore[attr-defined]
    }


@role_required(Role.PARTICIPANT)
@require_POST
def invitation_new(request: PersonRequest) -> HttpResponse:
    """Make a code for the project, or show the one there is."""
    project = get_object_or_404(Project, slug=request.POST.get("project", ""))
    carry_out(
        request,
        lambda: pair_codes.invite_partner(request.user, project=project, now=timezone.now()),
        done=_("Here is your code. Show it to your partner, or send it."),
    )
    return redirect("scheduling:pair_list")


@role_required(Role.PARTICIPANT)
@require_POST
def invitation_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """Take one's own code or question back."""
    invitation = get_invitation_for(request.user, pk)
    carry_out(
        request,
        lambda: pairs.withdraw_invitation(invitation, by=request.user, now=timezone.now()),
        done=_("The invitation is taken back.") if invitation.invited_id else _("The code works no more."),
    )
    return redirect("scheduling:pair_list")


@role_required(Role.PARTICIPANT)
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_form_key
def pair_join(request: PersonRequest) -> HttpResponse:
    """Show whom a code belongs to, and make the pair when the person says yes. The QR leads here."""
    typed = request.POST.get("code", "") or request.GET.get("code", "")
    if not typed:
        return render(request, "scheduling/pair_join.html", {"form": CodeForm()})
    form, now = CodeForm({"code": typed}), timezone.now()
    invitation, status = None, 422
    if form.is_valid():
        code = form.cleaned_data["code"]
        try:
            if request.method == "POST":
                pair_codes.join_pair(code, by=request.user, now=now)
                messages.success(request, _("You are a pair. Now choose a time to record together."))
                return redirect("scheduling:pair_list")
            invitation = pair_codes.find_invitation(code, by=request.user, now=now)
        except pairs.PairRefused as refusal:
            form.add_error("code", refusal)
            status = 429 if refusal.code == "too_many" else 422
    status = 200 if invitation else status
    return render(
        request, "scheduling/pair_join.html", {"form": form, "invitation": invitation}, status=status
    )


@role_required(Role.PARTICIPANT)
@require_POST
def pair_end(request: PersonRequest, pk: int) -> HttpResponse:
    """Part from a partner."""
    pair = get_pair_for(request.user, pk)
    carry_out(
        request,
        lambda: pairs.end_pair(pair, by=request.user, now=timezone.now()),
        done=_("You are no pair any more."),
    )
    return redirect("scheduling:pair_list")


@role_required(Role.PARTICIPANT)
@require_POST
def pair_block(request: PersonRequest, pk: int) -> HttpResponse:
    """Part from a partner for good."""
    pair = get_pair_for(request.user, pk)
    partner = pair.person_b if pair.person_a_id == request.user.pk else pair.person_a
    carry_out(
        request,
        lambda: blocks.block_person(request.user, blocked=partner, now=timezone.now()),
        done=_("You will not be paired with this person again. They are not told."),
    )
    return redirect("scheduling:pair_list")


@role_required(Role.PARTICIPANT)
@require_POST
def block_lift(request: PersonRequest, pk: int) -> HttpResponse:
    """Allow a pair with somebody again."""
    block = get_object_or_404(Block.objects.select_related("blocked"), pk=pk, person=request.user)
    carry_out(
        request,
        lambda: blocks.unblock_person(request.user, blocked=block.blocked),
        done=_("You two can be a pair again."),
    )
    return redirect("scheduling:pair_list")
