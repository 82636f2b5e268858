"""The review queue: who gets which sample next, and for how long. Rules: R-7, R-8."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from recordings.assignments import count_free_places, expired_or_removed, lose_place, note_open_places
from recordings.gold import GOLD_STATUSES, slip_gold
from recordings.listening import open_sample
from recordings.models import Conflict, Review, Reviewing, Sample, SampleStatus
from recordings.reviewers import may_review, profile_of
from recordings.verdicts import Ruling, rule_on
from scheduling.models import Project

# Between looking and locking somebody else may take a place; then the next oldest is tried.
CANDIDATES_TRIED = 20
# The sound of so many samples is fetched ahead while one is heard.
FETCHED_AHEAD = 2
# What waits is counted so far: whoever has more to hear plans nothing by the figure.
COUNTED = 500


class Queue(NamedTuple):
    """What waits for this reviewer, and what they did today."""

    waiting: int
    oldest_at: datetime | None
    votes_today: int
    held: Sample | None

    @property
    def waiting_told(self) -> int | str:
        """How many wait, as it is shown."""
        return tell_count(self.waiting)


def reserve_next(reviewer: User, *, now: datetime) -> Sample | None:
    """
    Open the reviewer's next sample for them, or return None when nothing waits.

    A sample that they hold comes first, then what was assigned to them, the oldest
    first, then what is open to everybody. Now and then it is a gold sample. Never
    one's own sample, one person's twice, or somebody one knows. Locks the sample. Rule: R-7.
    """
    held = held_sample(reviewer, now=now)
    if held is not None:
        return held
    if not may_review(reviewer):
        return None
    samples = _next_samples(reviewer, now=now)
    first = next(samples, None)
    if first is None:
        return None
    gold = slip_gold(reviewer, project=first.project, now=now)
    if gold is not None:
        return _open(gold, reviewer=reviewer, now=now, is_gold=True)
    for sample in chain([first], samples):
        opened = _reserve(sample.pk, reviewer=reviewer, now=now)
        if opened is not None:
            return opened
    return None


def held_sample(reviewer: User, *, now: datetime) -> Sample | None:
    """Return the sample that the reviewer has opened and not voted on, the oldest reservation first."""
    opened = Reviewing.objects.running(now=now).filter(reviewer=reviewer, opened_at__isnull=False)
    is_open = Q(sample__status=SampleStatus.IN_REVIEW) | Q(is_gold=True, sample__status__in=GOLD_STATUSES)
    reservation = (
        opened.filter(is_open).select_related("sample__project").order_by("expires_at", "pk").first()
    )
    return reservation.sample if reservation else None


def assigned_samples(reviewer: User) -> QuerySet[Sample]:
    """Return the samples in review on which the reviewer has a place that nobody took."""
    places = Reviewing.objects.live().filter(reviewer=reviewer)
    return Sample.objects.filter(status=SampleStatus.IN_REVIEW, pk__in=places.values("sample"))


def open_samples(reviewer: User, *, now: datetime) -> QuerySet[Sample]:
    """Return the samples of others on which the reviewer could take a place: one nobody has, or one that lapsed."""
    lapsed = Reviewing.objects.live().filter(expired_or_removed(now=now)).exclude(reviewer=reviewer)
    # Asked of each sample that is looked at: whom a reviewer ever heard are thousands.
    heard = Review.objects.votes().filter(reviewer=reviewer, sample__person=OuterRef("person"))
    known = Conflict.objects.filter(staff=reviewer).values("person")
    # All that is asked of a sample stands in the index `sample_queue`: a row drags the sample's outline along.
    samples = (
        Sample.objects.filter(status=SampleStatus.IN_REVIEW)
        .filter(Q(pk__in=lapsed.values("sample")) | Q(has_open_places=True))
        .filter(~Exists(heard))
        .exclude(person=reviewer)
        .exclude(person__in=known)
        .exclude(pk__in=assigned_samples(reviewer).values("pk"))
    )
    languages = profile_of(reviewer).languages
    if languages:
        samples = samples.filter(
            project__in=Project.objects.filter(spoken_language__in=languages).values("pk")
        )
    return samples


def fetched_ahead(reviewer: User) -> list[Sample]:
    """Return the assigned samples that come next: their sound may be fetched, their time does not run yet."""
    unopened = Reviewing.objects.live().filter(reviewer=reviewer, opened_at=None)
    samples = assigned_samples(reviewer).filter(pk__in=unopened.values("sample"))
    return list(samples.only("key").order_by("sent_at", "pk")[:FETCHED_AHEAD])


def _next_samples(reviewer: User, *, now: datetime) -> Iterator[Sample]:
    """Yield the first samples that wait for the reviewer, in the order in which they come."""
    yield from _first_of(assigned_samples(reviewer))
    # Most have something assigned: what is open to everybody is not looked for then.
    yield from _first_of(open_samples(reviewer, now=now))


def _first_of(samples: QuerySet[Sample]) -> QuerySet[Sample]:
    oldest = samples.order_by("sent_at", "pk")[:CANDIDATES_TRIED]
    return oldest.select_related("project").defer("peaks", "regions", "voices")


@transaction.atomic
def _reserve(sample_id: int, *, reviewer: User, now: datetime) -> Sample | None:
    """Take a place on the sample under its lock; None when there is none left."""
    samples = Sample.objects.select_for_update(of=("self",)).select_related("project")
    sample = samples.defer("peaks", "regions", "voices").get(pk=sample_id)
    if not make_place(sample, reviewer=reviewer, now=now):
        return None
    return _open(sample, reviewer=reviewer, now=now, is_gold=False)


def _open(sample: Sample, *, reviewer: User, now: datetime, is_gold: bool) -> Sample:
    hold_place(sample, reviewer=reviewer, now=now, is_gold=is_gold)
    open_sample(sample, listener=reviewer, now=now)
    return sample


def make_place(sample: Sample, *, reviewer: User, now: datetime) -> bool:
    """
    Return whether the reviewer may join those on the sample, and take a lapsed place for them if they must.

    While votes that can still be undone would decide, no further place is opened:
    a third is not asked for then. To be called under the sample's lock. Rules: R-7, R-9.
    """
    if sample.status != SampleStatus.IN_REVIEW:
        return False
    verdicts = list(sample.reviews.votes().values_list("verdict", flat=True))
    if rule_on(verdicts, project=sample.project) != Ruling.OPEN:
        return False
    if sample.reservations.live().filter(reviewer=reviewer).exists():
        return True
    free = count_free_places(sample)
    if free <= 0:
        lapsed = sample.reservations.live().filter(expired_or_removed(now=now)).order_by("expires_at", "pk")
        place = lapsed.first()
        if place is None:
            return False
        lose_place(place, now=now)
        free += 1
    note_open_places(sample, free=free - 1)
    return True


def hold_place(sample: Sample, *, reviewer: User, now: datetime, is_gold: bool = False) -> None:
    """Reserve the reviewer's place for the project's `review_hold_minutes`."""
    held = {
        "opened_at": now,
        "expires_at": now + timedelta(minutes=sample.project.review_hold_minutes),
        "lost_at": None,
        "is_gold": is_gold,
    }
    Reviewing.objects.update_or_create(
        sample=sample, reviewer=reviewer, defaults=held, create_defaults={**held, "assigned_at": now}
    )


def is_open_to_votes(sample: Sample, *, place: Reviewing | None) -> bool:
    """Return whether the sample still takes votes: it is in review, or it checks the ear of who has the place."""
    if place is not None and place.is_gold:
        return sample.status in GOLD_STATUSES
    return sample.status == SampleStatus.IN_REVIEW


def look_at_queue(reviewer: User, *, now: datetime, since: datetime) -> Queue:
    """Return the figures of the reviewer's desk; `since` is the beginning of their day."""
    waiting, oldest_at = count_waiting(reviewer, now=now)
    today = Review.objects.filter(reviewer=reviewer, undone_at=None, voted_at__gte=since).count()
    return Queue(waiting, oldest_at, today, held_sample(reviewer, now=now))


def count_waiting(reviewer: User, *, now: datetime) -> tuple[int, datetime | None]:
    """
    Return how many samples wait for the reviewer, assigned or open, and since when the oldest does.

    Nobody counts further than one beyond `COUNTED`: `tell_count` says so. Two queries.
    """
    ways = (assigned_samples(reviewer), open_samples(reviewer, now=now))
    found = [
        list(way.order_by("sent_at", "pk").values_list("sent_at", flat=True)[: COUNTED + 1]) for way in ways
    ]
    oldest = [moments[0] for moments in found if moments]
    return min(sum(map(len, found)), COUNTED + 1), min(oldest, default=None)


def tell_count(count: int) -> int | str:
    """Return the figure of `count_waiting` as it is shown: "500+" when there are more than are counted."""
    return count if count <= COUNTED else f"{COUNTED}+"
