"""The desk of lead reviewers and managers: who reviews, who knows whom, and the gold samples."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from recordings.access import (
    get_gold,
    get_reviewer,
    get_sample_for_gold,
    get_sample_to_cross_review,
    get_sample_to_review,
)
from recordings.conflicts import ConflictRefused, declare_known_voice, hand_case_on, record_conflict
from recordings.desk_forms import ConflictForm, GoldForm, PlayerForm, ReviewerForm
from recordings.desk_pages import conflict_rows, decided_samples, gold_page, gold_rows, reviewers_page
from recordings.gold import GoldRefused, retire_gold, set_gold
from recordings.models import ConflictSource
from recordings.reviewers import profile_of, set_player, set_reviewer
from scheduling.form_keys import once_per_form_key

ROWS_ON_A_PAGE = 25


# --- a reviewer's own ---


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_POST
def review_known(request: PersonRequest, key: str) -> HttpResponse:
    """Take the reviewer, who knows the voice, off the sample for good."""
    sample = get_sample_to_review(request.user, key)
    try:
        declare_known_voice(sample, reviewer=request.user, now=timezone.now())
    except ConflictRefused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("Somebody else reviews it. You get no sample of this person again."))
    return redirect("recordings:review_queue")


@role_required(Role.LEAD_REVIEWER)
@require_POST
def cross_known(request: PersonRequest, key: str) -> HttpResponse:
    """Take the lead reviewer, who knows the voice, off the disputed sample for good."""
    sample = get_sample_to_cross_review(request.user, key)
    try:
        is_another_left = hand_case_on(sample, lead=request.user, now=timezone.now())
    except ConflictRefused as refusal:
        messages.error(request, refusal.messages[0])
    else:
        if is_another_left:
            messages.success(
                request, _("Another lead reviewer decides. You get no sample of this person again.")
            )
        else:
            messages.warning(
                request,
                _("No other lead reviewer is left for this sample: the managers read so on their page."),
            )
    return redirect("recordings:cross_review_list")


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_POST
def review_player(request: PersonRequest) -> HttpResponse:
    """Keep how the reviewer's player is set."""
    form = PlayerForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    set_player(request.user, **form.cleaned_data)
    if request.headers.get("Sec-Fetch-Mode") == "navigate" or "back" in request.POST:
        return redirect("recordings:review_queue")
    return HttpResponse(status=204)


# --- reviewers and conflicts ---


@role_required(Role.LEAD_REVIEWER, Role.MANAGER)
@require_safe
def reviewer_list(request: PersonRequest) -> HttpResponse:
    """Show who reviews, what waits for each, and which language lacks reviewers."""
    return render(request, "recordings/reviewer_list.html", reviewers_page(now=timezone.now()))


@role_required(Role.LEAD_REVIEWER, Role.MANAGER)
@require_http_methods(["GET", "POST"])
def reviewer_edit(request: PersonRequest, person_id: int) -> HttpResponse:
    """Change what a reviewer hears and how much they are asked for."""
    person = get_reviewer(person_id)
    profile = profile_of(person)
    told = {"languages": profile.languages, "is_active": profile.is_active, "weekly_cap": profile.weekly_cap}
    form = ReviewerForm(request.POST if request.method == "POST" else None, initial=told)
    if form.is_bound and form.is_valid():
        set_reviewer(person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("recordings:reviewer_list")
    page = {"person": person, "form": form}
    return render(request, "recordings/reviewer_edit.html", page, status=422 if form.is_bound else 200)


@role_required(Role.LEAD_REVIEWER, Role.MANAGER)
@require_http_methods(["GET", "POST"])
def conflict_list(request: PersonRequest) -> HttpResponse:
    """List who knows whom, and write another relation down."""
    form = ConflictForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            record_conflict(
                source=ConflictSource.STAFF, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except ConflictRefused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Written down. Their places go to somebody else."))
            return redirect("recordings:conflict_list")
    page_obj = Paginator(conflict_rows(), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    page = {"form": form, "page_obj": page_obj}
    return render(request, "recordings/conflict_list.html", page, status=422 if form.is_bound else 200)


# --- gold samples ---


@role_required(Role.LEAD_REVIEWER)
@require_safe
def gold_list(request: PersonRequest) -> HttpResponse:
    """List the gold samples, and the decided ones that could become gold."""
    decided = Paginator(decided_samples(request.user), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "recordings/gold_list.html", {"rows": gold_rows(request.user), "page_obj": decided}
    )


@role_required(Role.LEAD_REVIEWER)
@require_http_methods(["GET", "POST"])
@once_per_form_key
def gold_edit(request: PersonRequest, key: str) -> HttpResponse:
    """Play a decided sample, and say what is expected of who hears it."""
    sample = get_sample_for_gold(request.user, key)
    page = gold_page(sample, lead=request.user)
    form = GoldForm(request.POST if request.method == "POST" else None, initial=page["told"])
    error = form.first_error()
    if form.is_bound and form.is_valid():
        try:
            set_gold(sample, by=request.user, now=timezone.now(), **form.cleaned_data)
        except GoldRefused as refusal:
            error = refusal.messages[0]
        else:
            messages.success(request, _("This sample is gold now."))
            return redirect("recordings:gold_list")
    status = 422 if error else 200
    return render(request, "recordings/gold_edit.html", {**page, "form": form, "error": error}, status=status)


@role_required(Role.LEAD_REVIEWER)
@require_POST
def gold_retire(request: PersonRequest, key: str) -> HttpResponse:
    """Slip a gold sample into no queue any more."""
    retire_gold(get_gold(request.user, key), now=timezone.now())
    messages.success(request, _("Retired. Votes cast on it stay."))
    return redirect("recordings:gold_list")
