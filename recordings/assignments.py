"""
Who is put on which sample: evenly, in the right language, and nobody who knows the person. Rule: R-7.

A place is a row of `Reviewing`. It belongs to its reviewer until it expires, and
then to whoever opens the sample first, so no sample waits for somebody's holiday.
Votes and live places together are never more than the project's reviewers.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from accounts.access import Role
from accounts.models import User
from recordings.models import Conflict, Review, ReviewerProfile, Reviewing, Sample, SampleStatus
from recordings.reviewers import hears, removed_reviewers, reviewers_with_load
from scheduling.models import Project

# A few seconds of work; where a language lacks reviewers, all its samples stay open to whoever comes.
SAMPLES_A_SWEEP = 1_000


@dataclass
class Candidate:
    """A reviewer as the assignment sees them; `load` grows with each place that is given."""

    person_id: int
    profile: ReviewerProfile
    load: int
    week: int

    def may_take(self, project: Project) -> bool:
        """Return whether the project's language is theirs and their week is not full."""
        cap = self.profile.weekly_cap
        return hears(self.profile, project=project) and (cap is None or self.week < cap)


def read_candidates(*, now: datetime) -> list[Candidate]:
    """Return the reviewers that samples can be given to. Leads take no part: they are kept for the cross review."""
    return [
        Candidate(
            person.pk,
            getattr(person, "reviewer_profile", None) or ReviewerProfile(person=person),
            person.load,  # type: ignore[attr-defined]
            person.week,  # type: ignore[attr-defined]
        )
        for person in reviewers_with_load(Role.REVIEWER, now=now)
    ]


@transaction.atomic
def assign_reviewers(
    sample: Sample, *, now: datetime, candidates: Iterable[Candidate] | None = None
) -> list[int]:
    """
    Fill the sample's places with those who have the least to do; return the ids of the reviewers added.

    Equal loads are drawn by a hash of sample and reviewer: fair over many samples, and
    the same each time. Never one's own sample, one person's twice, or somebody one
    knows. `has_open_places` says whether too few were found. Locks the sample. Rule: R-7.
    """
    sample = Sample.objects.select_for_update(of=("self",)).select_related("project").get(pk=sample.pk)
    if sample.status != SampleStatus.IN_REVIEW:
        return []
    free = count_free_places(sample)
    chosen: list[Candidate] = []
    if free > 0:
        barred = barred_from(sample)
        fitting = [
            candidate
            for candidate in (read_candidates(now=now) if candidates is None else candidates)
            if candidate.person_id not in barred and candidate.may_take(sample.project)
        ]
        chosen = sorted(fitting, key=lambda candidate: (candidate.load, _draw(sample, candidate)))[:free]
    expires_at = now + timedelta(hours=sample.project.assignment_hours)
    Reviewing.objects.bulk_create(
        Reviewing(sample=sample, reviewer_id=one.person_id, assigned_at=now, expires_at=expires_at)
        for one in chosen
    )
    for one in chosen:
        one.load += 1
        one.week += 1
    note_open_places(sample, free=free - len(chosen))
    return [one.person_id for one in chosen]


def count_free_places(sample: Sample) -> int:
    """Return how many more people can be put on the sample; to be called under its lock."""
    on_it = sample.reviews.votes().count() + sample.reservations.live().count()
    return sample.project.reviewers_per_sample - on_it


def note_open_places(sample: Sample, *, free: int) -> None:
    """Keep whether the sample has places that nobody was found for: the queue looks there."""
    if sample.has_open_places != (free > 0):
        sample.has_open_places = free > 0
        Sample.objects.filter(pk=sample.pk).update(has_open_places=free > 0)


def barred_from(sample: Sample) -> set[int]:
    """Return who may not be put on the sample: its person, who knows them, heard them, or had a place on it before."""
    heard = Review.objects.votes().filter(sample__person=sample.person_id).order_by()
    known = Conflict.objects.filter(person=sample.person_id).order_by()
    had = sample.reservations.order_by()
    return {
        sample.person_id,
        *heard.values_list("reviewer", flat=True),
        *known.values_list("staff", flat=True),
        *had.values_list("reviewer", flat=True),
    }


def repair_assignments(*, now: datetime) -> int:
    """
    Take the places of reviewers who were removed, and fill what is free; return how many places were given.

    Run every few minutes, and as often as one likes: who was removed counts nowhere
    from that moment on, this only finds somebody else. Rule: R-7.
    """
    removed = removed_reviewers()
    if removed:
        orphaned = Reviewing.objects.live().filter(reviewer__in=removed)
        samples = list(orphaned.values_list("sample", flat=True).distinct())
        orphaned.update(lost_at=now)
        Sample.objects.filter(pk__in=samples, status=SampleStatus.IN_REVIEW).update(has_open_places=True)
    candidates = read_candidates(now=now)
    short = Sample.objects.filter(status=SampleStatus.IN_REVIEW, has_open_places=True)
    short = short.select_related("project").defer("peaks", "regions").order_by("sent_at", "pk")
    return sum(
        len(assign_reviewers(sample, now=now, candidates=candidates))
        for sample in short[:SAMPLES_A_SWEEP]
        if any(candidate.may_take(sample.project) for candidate in candidates)
    )


def close_places(sample: Sample, *, now: datetime) -> None:
    """End all places on a sample that was decided; to be called under its lock."""
    sample.reservations.live().update(lost_at=now)


def count_short_samples() -> dict[str, int]:
    """Return how many samples lack a reviewer, by spoken language."""
    short = Sample.objects.filter(status=SampleStatus.IN_REVIEW, has_open_places=True)
    return dict(short.order_by().values_list("project__spoken_language").annotate(Count("pk")))


def lose_place(place: Reviewing, *, now: datetime) -> None:
    """Take a place from its reviewer; the row stays to tell them so."""
    place.lost_at = now
    place.save(update_fields=["lost_at"])


def _draw(sample: Sample, candidate: Candidate) -> bytes:
    return hashlib.sha256(f"{sample.key}:{candidate.person_id}".encode()).digest()


def expired_or_removed(*, now: datetime) -> Q:
    """Return the condition of live places that somebody else may take."""
    return Q(expires_at__lte=now) | Q(reviewer__in=removed_reviewers())


def is_known_to(person: User, *, sample: Sample) -> bool:
    """Return whether the member of staff knows the person of the sample."""
    return Conflict.objects.filter(staff=person, person=sample.person_id).exists()
