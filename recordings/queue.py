"""The review queue: who gets which sample next, and for how long. Rules: R-7, R-8."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet

from accounts.models import User
from recordings.listening import open_sample
from recordings.models import Review, Reviewing, Sample, SampleStatus
from recordings.verdicts import Ruling, rule_on

# Between looking and locking somebody else may take a place; then the next oldest is tried.
CANDIDATES_TRIED = 20


class Queue(NamedTuple):
    """What waits for this reviewer, and what they did today."""

    waiting: int
    oldest_at: datetime | None
    votes_today: int
    held: Sample | None


def reserve_next(reviewer: User, *, now: datetime) -> Sample | None:
    """
    Give the reviewer a place on the oldest sample that has one, or None when nothing waits for them.

    A reservation that still runs comes first. Never one's own sample, and never
    a second one of the same person (so never the same person twice running).
    Votes and running reservations hold a place; one that lapsed is free again.
    Locks the sample. Rule: R-7.
    """
    held = held_sample(reviewer, now=now)
    if held is not None:
        return held
    waiting = waiting_for(reviewer, now=now).order_by("sent_at", "pk")
    for sample_id in list(waiting.values_list("pk", flat=True)[:CANDIDATES_TRIED]):
        sample = _reserve(sample_id, reviewer=reviewer, now=now)
        if sample is not None:
            return sample
    return None


def held_sample(reviewer: User, *, now: datetime) -> Sample | None:
    """Return the sample that the reviewer has reserved and not voted on, the oldest reservation first."""
    reservation = (
        Reviewing.objects.filter(reviewer=reviewer, expires_at__gt=now, sample__status=SampleStatus.IN_REVIEW)
        .select_related("sample__project")
        .order_by("expires_at", "pk")
        .first()
    )
    return reservation.sample if reservation else None


def waiting_for(reviewer: User, *, now: datetime) -> QuerySet[Sample]:
    """Return the samples on which the reviewer could be given a place now."""
    heard_people = Review.objects.filter(reviewer=reviewer, undone_at=None).values("sample__person")
    votes = Count("reviews", filter=Q(reviews__undone_at=None), distinct=True)
    others = Q(reservations__expires_at__gt=now) & ~Q(reservations__reviewer=reviewer)
    # Keys alone are grouped: with whole rows the database carries each sample's outline through it.
    with_place = (
        Sample.objects.filter(status=SampleStatus.IN_REVIEW)
        .exclude(person=reviewer)
        .exclude(person__in=heard_people)
        .values("pk")
        .annotate(taken=votes + Count("reservations", filter=others, distinct=True))
        .filter(taken__lt=F("project__reviewers_per_sample"))
    )
    return Sample.objects.filter(pk__in=with_place.values("pk"))


@transaction.atomic
def _reserve(sample_id: int, *, reviewer: User, now: datetime) -> Sample | None:
    """Take a place on the sample under its lock; None when there is none left."""
    sample = Sample.objects.select_for_update(of=("self",)).select_related("project").get(pk=sample_id)
    if sample.status != SampleStatus.IN_REVIEW or not has_free_place(sample, reviewer=reviewer, now=now):
        return None
    hold_place(sample, reviewer=reviewer, now=now)
    open_sample(sample, listener=reviewer, now=now)
    return sample


def has_free_place(sample: Sample, *, reviewer: User, now: datetime) -> bool:
    """
    Return whether the reviewer may join those on the sample; to be called under its lock.

    While votes that can still be undone would decide, no further place is given:
    a third is not asked for then. Rules: R-7, R-9.
    """
    project = sample.project
    verdicts = list(sample.reviews.filter(undone_at=None).values_list("verdict", flat=True))
    places, needed = project.reviewers_per_sample, project.votes_to_decide
    if rule_on(verdicts, places=places, needed=needed) != Ruling.OPEN:
        return False
    running = sample.reservations.filter(expires_at__gt=now).exclude(reviewer=reviewer).count()
    return len(verdicts) + running < places


def hold_place(sample: Sample, *, reviewer: User, now: datetime) -> None:
    """Reserve a place for the project's `review_hold_minutes`."""
    expires_at = now + timedelta(minutes=sample.project.review_hold_minutes)
    Reviewing.objects.update_or_create(sample=sample, reviewer=reviewer, defaults={"expires_at": expires_at})


def look_at_queue(reviewer: User, *, now: datetime, since: datetime) -> Queue:
    """Return the figures of the reviewer's desk; `since` is the beginning of their day."""
    figures = waiting_for(reviewer, now=now).aggregate(count=Count("pk"), oldest_at=Min("sent_at"))
    votes_today = Review.objects.filter(reviewer=reviewer, undone_at=None, voted_at__gte=since).count()
    return Queue(figures["count"], figures["oldest_at"], votes_today, held_sample(reviewer, now=now))
