"""The desks of reviewers and lead reviewers. Nothing here says whose voice it is. Rule: R-8."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import PersonRequest, Role, has_role, role_required
from accounts.models import User
from recordings import reviews
from recordings.access import get_sample_to_cross_review, get_sample_to_review, get_vote_to_undo
from recordings.forms import CrossReviewForm, HeardForm, VoteForm
from recordings.gold import gold_answers
from recordings.listening import record_listening
from recordings.models import Review, Sample, SampleStatus
from recordings.queue import fetched_ahead, look_at_queue, reserve_next
from recordings.review_pages import cross_review_page, player_of, review_page
from scheduling.form_keys import once_per_form_key

ROWS_ON_A_PAGE = 25
# Refusals that a change of the form can mend; the others are about the state of the sample.
MENDABLE = {
    "reasons_needed",
    "reasons_with_approval",
    "note_needed",
    "explanation_needed",
    "unknown_reason",
    "not_heard",
}


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_http_methods(["GET", "POST"])
def review_queue(request: PersonRequest) -> HttpResponse:
    """Show what waits; on POST take the next sample."""
    now = timezone.now()
    reviews.settle_votes(now=now)
    if request.method == "POST":
        return _go_on(request.user)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    queue = look_at_queue(request.user, now=now, since=midnight)
    oldest_age = timesince(queue.oldest_at, now, depth=1) if queue.oldest_at else ""
    page = {
        "queue": queue,
        "oldest_age": oldest_age,
        "last_vote": _vote_to_undo(request.user),
        "answers": gold_answers(request.user, now=now),
        "player": player_of(request.user),
        "ahead": fetched_ahead(request.user),
    }
    return render(request, "recordings/review_queue.html", page)


def _go_on(reviewer: User) -> HttpResponse:
    """Lead to the next sample, or to the desk when nothing waits."""
    sample = reserve_next(reviewer, now=timezone.now())
    if sample is None:
        return redirect("recordings:review_queue")
    return redirect("recordings:review_sample", sample.key)


def _vote_to_undo(reviewer: User) -> Review | None:
    votes = Review.objects.filter(reviewer=reviewer, undone_at=None, stands_at__gt=timezone.now())
    return votes.select_related("sample").defer("sample__peaks").order_by("-pk").first()


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_http_methods(["GET", "POST"])
@once_per_form_key
def review_sample(request: PersonRequest, key: str) -> HttpResponse:
    """Play one sample and take the vote; the next one follows."""
    sample = get_sample_to_review(request.user, key)
    if request.method != "POST":
        return _review_page(request, sample, form=VoteForm())
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _review_page(request, sample, form=form, status=422)
    try:
        reviews.cast_vote(sample, reviewer=request.user, now=timezone.now(), **form.cleaned_data)
    except reviews.ReviewRefused as refusal:
        return _review_page(request, sample, form=form, refusal=refusal)
    return _go_on(request.user)


def _review_page(
    request: PersonRequest,
    sample: Sample,
    *,
    form: VoteForm,
    refusal: reviews.ReviewRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    page = {
        **review_page(sample, reviewer=request.user, now=timezone.now()),
        "form": form,
        "error": refusal.messages[0] if refusal else form.first_error(),
        "last_vote": _vote_to_undo(request.user),
    }
    if refusal:
        status = 422 if refusal.code in MENDABLE else 409
    return render(request, "recordings/review_sample.html", page, status=status)


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_POST
def review_heard(request: PersonRequest, key: str) -> HttpResponse:
    """Take the seconds that the player has played; answer how many count."""
    if has_role(request.user, Role.LEAD_REVIEWER) and "cross" in request.GET:
        sample = get_sample_to_cross_review(request.user, key)
    else:
        sample = get_sample_to_review(request.user, key)
    form = HeardForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"error": _("These are no seconds.")}, status=422)
    play = record_listening(
        sample, listener=request.user, seconds=form.cleaned_data["seconds"], now=timezone.now()
    )
    return JsonResponse({"heard": len(play.heard_seconds)})


@role_required(Role.REVIEWER, Role.LEAD_REVIEWER)
@require_POST
def review_undo(request: PersonRequest, key: str) -> HttpResponse:
    """Take the last vote on a sample back, and show the sample again."""
    vote = get_vote_to_undo(request.user, key)
    try:
        reviews.undo_vote(vote, by=request.user, now=timezone.now())
    except reviews.ReviewRefused as refusal:
        messages.error(request, refusal.messages[0])
        return redirect("recordings:review_queue")
    return redirect("recordings:review_sample", key)


@role_required(Role.LEAD_REVIEWER)
@require_safe
def cross_review_list(request: PersonRequest) -> HttpResponse:
    """List the samples that wait for a lead reviewer, the oldest first."""
    reviews.settle_votes(now=timezone.now())
    samples = Sample.objects.filter(status=SampleStatus.CROSS_REVIEW).exclude(person=request.user)
    samples = (
        samples.prefetch_related("reviews").defer("peaks", "regions", "voices").order_by("sent_at", "pk")
    )
    page_obj = Paginator(samples, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    known = set(request.user.conflicts.values_list("person", flat=True))
    rows = [
        {
            "sample": sample,
            "votes": _tally(sample),
            "is_mine": _voted(sample, request.user),
            "is_known": sample.person_id in known,
        }
        for sample in page_obj
    ]
    return render(request, "recordings/cross_review_list.html", {"page_obj": page_obj, "rows": rows})


def _standing(sample: Sample) -> list[Review]:
    return [review for review in sample.reviews.all() if review.undone_at is None and not review.is_gold]


def _tally(sample: Sample) -> list[Any]:
    return [review.get_verdict_display() for review in _standing(sample)]


def _voted(sample: Sample, person: User) -> bool:
    return any(review.reviewer_id == person.pk for review in _standing(sample))


@role_required(Role.LEAD_REVIEWER)
@require_http_methods(["GET", "POST"])
@once_per_form_key
def cross_review(request: PersonRequest, key: str) -> HttpResponse:
    """Show a disputed sample with its votes and reasons, and take the last word."""
    sample = get_sample_to_cross_review(request.user, key)
    form = CrossReviewForm(request.POST if request.method == "POST" else None)
    error = form.first_error()
    status = 422 if error else 200
    if form.is_bound and form.is_valid():
        try:
            reviews.cross_review(sample, lead=request.user, now=timezone.now(), **form.cleaned_data)
        except reviews.ReviewRefused as refusal:
            error, status = refusal.messages[0], 422 if refusal.code in MENDABLE else 409
        else:
            messages.success(request, _("Decided. The person is told on their page."))
            return redirect("recordings:cross_review_list")
    page = {**cross_review_page(sample, lead=request.user, now=timezone.now()), "form": form, "error": error}
    return render(request, "recordings/cross_review.html", page, status=status)
