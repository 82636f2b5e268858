"""Sweeps for what must never be true of recordings: each returns what is broken, one sentence each."""

from collections import defaultdict

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery

from recordings.models import (
    Conflict,
    CrossReview,
    CrossVerdict,
    RecordingSession,
    Review,
    Sample,
    SampleEvent,
    SampleStatus,
    SessionStatus,
    Take,
    Verdict,
)
from recordings.verdicts import Ruling, rule_on
from scheduling.models import BookingStatus, Project, Qualification

# --- sessions ---

BOOKING_OF_SESSION = {
    SessionStatus.OPEN: BookingStatus.CHECKED_IN,
    SessionStatus.COMPLETED: BookingStatus.COMPLETED,
    SessionStatus.ABANDONED: BookingStatus.FAILED,
}


def broken_sessions() -> list[str]:
    """Return the sessions that contradict their booking or their own takes (three queries). Rules: R-27, R-34."""
    agrees = Q()
    for status, booking_status in BOOKING_OF_SESSION.items():
        agrees |= Q(status=status, booking__status=booking_status)
    sessions = RecordingSession.objects.order_by("pk")
    astray = sessions.exclude(agrees).values_list("pk", "status", "booking_id", "booking__status")
    broken = [
        f"session {pk} is {status}, its booking {booking} is {its}" for pk, status, booking, its in astray
    ]
    closed = sessions.exclude(status=SessionStatus.OPEN)
    counted = closed.annotate(kept=Count("takes", filter=Q(takes__is_kept=True)))
    wrong = counted.exclude(kept=F("dialogues_done")).values_list("pk", "kept", "dialogues_done")
    broken += [f"session {pk} has {kept} kept takes, and says {said}" for pk, kept, said in wrong]
    early = Take.objects.filter(session__status=SessionStatus.OPEN).values_list("session_id", flat=True)
    return broken + [f"session {pk} has takes and is still open" for pk in early.distinct()]


# --- samples and reviews ---

MEASURED = [SampleStatus.IN_REVIEW, SampleStatus.CROSS_REVIEW, SampleStatus.APPROVED, SampleStatus.REJECTED]


def broken_samples() -> list[str]:
    """Return the samples that contradict their log, their votes or their figures (four queries). Rules: R-9 to R-15."""
    last = SampleEvent.objects.filter(sample=OuterRef("pk")).order_by("-pk").values("new")[:1]
    astray = Sample.objects.annotate(logged=Subquery(last)).exclude(logged=F("status"))
    broken = [
        f"sample {pk} is {status}, its log says {logged}"
        for pk, status, logged in astray.order_by("pk").values_list("pk", "status", "logged")
    ]
    bare = Sample.objects.filter(status__in=MEASURED).filter(Q(duration_ms=None) | Q(preview=""))
    broken += [f"sample {pk} was never measured" for pk in bare.order_by("pk").values_list("pk", flat=True)]
    qualified = Qualification.objects.filter(project=OuterRef("project"), person=OuterRef("person"))
    approved = Sample.objects.filter(status=SampleStatus.APPROVED).annotate(
        right=Subquery(qualified.values("pk")[:1])
    )
    broken += [
        f"sample {pk} is approved, its person has no qualification"
        for pk in approved.filter(right=None).order_by("pk").values_list("pk", flat=True)
    ]
    return broken + _undecided()


def _undecided() -> list[str]:
    """Return the samples that were decided without the votes for it. Rules: R-9, R-10."""
    overturned = Q(status=SampleStatus.APPROVED, cross_review__verdict=CrossVerdict.OVERTURN)
    confirmed = Q(status=SampleStatus.REJECTED, cross_review__verdict=CrossVerdict.CONFIRM)
    decided = Sample.objects.filter(status__in=[SampleStatus.APPROVED, SampleStatus.REJECTED])
    by_votes = decided.exclude(overturned | confirmed)
    verdicts: dict[int, list[str]] = defaultdict(list)
    votes = Review.objects.votes().filter(sample__in=by_votes.values("pk")).order_by()
    for sample_id, verdict in votes.values_list("sample", "verdict").iterator():
        verdicts[sample_id].append(verdict)
    projects = Project.objects.in_bulk()
    return [
        f"sample {pk} is {status} without the votes"
        for pk, status, project_id in by_votes.order_by("pk").values_list("pk", "status", "project")
        if status == SampleStatus.REJECTED
        or rule_on(verdicts[pk], project=projects[project_id]) != Ruling.APPROVED
    ]


def broken_reviews() -> list[str]:
    """Return the votes that R-7, R-10 and R-12 forbid (five queries)."""
    votes = Review.objects.votes()
    own = (
        Review.objects.filter(undone_at=None)
        .filter(reviewer=F("sample__person"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    broken = [f"review {pk} is of the reviewer's own sample" for pk in own]
    twice = votes.values("reviewer", "sample__person").annotate(times=Count("pk")).filter(times__gt=1)
    broken += [
        f"reviewer {row['reviewer']} voted {row['times']} times on samples of person {row['sample__person']}"
        for row in twice.order_by("reviewer", "sample__person")
    ]
    counted = Sample.objects.annotate(
        votes=Count("reviews", filter=Q(reviews__undone_at=None, reviews__is_gold=False))
    )
    crowded = counted.filter(votes__gt=F("project__reviewers_per_sample")).order_by("pk")
    broken += [f"sample {pk} has {count} votes" for pk, count in crowded.values_list("pk", "votes")]
    unheard = votes.filter(verdict=Verdict.APPROVE).filter(
        heard_ms__lt=F("sample__duration_ms") * F("sample__project__approval_heard_percent") / 100
    )
    broken += [
        f"review {pk} approved what was not heard"
        for pk in unheard.order_by("pk").values_list("pk", flat=True)
    ]
    partial = CrossReview.objects.filter(sample__reviews__in=votes, sample__reviews__reviewer=F("lead"))
    return broken + [
        f"cross review {pk} is by somebody who had voted"
        for pk in partial.order_by("pk").values_list("pk", flat=True)
    ]


def broken_places() -> list[str]:
    """Return the samples in review with more people on them than places, and gold votes astray (three queries)."""
    live = Q(reservations__lost_at=None, reservations__is_gold=False)
    cast = Q(reviews__undone_at=None, reviews__is_gold=False)
    counted = (
        Sample.objects.filter(status=SampleStatus.IN_REVIEW)
        .values("pk")
        .annotate(
            on_it=Count("reservations", filter=live, distinct=True)
            + Count("reviews", filter=cast, distinct=True)
        )
    )
    crowded = counted.filter(on_it__gt=F("project__reviewers_per_sample")).order_by("pk")
    broken = [f"sample {row['pk']} has {row['on_it']} people on its places" for row in crowded]
    known = Review.objects.filter(
        undone_at=None, sample__person__in=Conflict.objects.values("person")
    ).filter(
        Exists(
            Conflict.objects.filter(
                staff=OuterRef("reviewer"), person=OuterRef("sample__person"), at__lte=OuterRef("voted_at")
            )
        )
    )
    broken += [
        f"review {pk} is of somebody the reviewer knows"
        for pk in known.order_by("pk").values_list("pk", flat=True)
    ]
    astray = Review.objects.filter(is_gold=True, sample__gold=None)
    return broken + [
        f"review {pk} counts as gold, its sample is not"
        for pk in astray.order_by("pk").values_list("pk", flat=True)
    ]
