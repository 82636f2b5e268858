"""Samples and reviews in the race tests: prepare, act, look."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from accounts.models import User
from recordings import assignments, conflicts, invariants, queue, reviewers, reviews, samples
from recordings.models import Review, Reviewing, Sample
from scheduling.models import Project, Qualification
from tests.factories import NOW, make_person, make_project, make_staff
from tests.recordings.makers import make_sample, vote


def make_reviews(*, count: int, verdicts: list[str], reviewers: int) -> dict[str, list[int]]:
    """Prepare samples with these votes cast, and reviewers who have not voted."""
    project = make_project()
    voters = [make_staff() for _verdict in verdicts]
    made = [make_sample(make_person(), project=project) for _number in range(count)]
    for sample in made:
        for voter, verdict in zip(voters, verdicts, strict=True):
            vote(sample, by=voter, verdict=verdict, now=NOW)
    return {
        "samples": [sample.pk for sample in made],
        "reviewers": [make_staff().pk for _number in range(reviewers)],
        "person": [make_person().pk],
    }


def reserve(*, reviewer: int, at: str | None = None) -> int | None:
    """Take the next sample; return its id."""
    now = datetime.fromisoformat(at) if at else NOW
    sample = queue.reserve_next(User.objects.get(pk=reviewer), now=now)
    return sample.pk if sample else None


def ready(*, sample: int, reviewer: int) -> None:
    """Give the reviewer a place on the sample and let them hear all of it."""
    found, person = Sample.objects.get(pk=sample), User.objects.get(pk=reviewer)
    queue.hold_place(found, reviewer=person, now=NOW)
    queue.open_sample(found, listener=person, now=NOW - timedelta(minutes=3))
    hear_all(found, person)


def hear_all(sample: Sample, person: User) -> None:
    sample.plays.filter(listener=person).update(heard_seconds=list(range(150)))


def cast(*, sample: int, reviewer: int, verdict: str) -> str:
    """Vote; return "voted" or the code of the refusal."""
    found, person = Sample.objects.get(pk=sample), User.objects.get(pk=reviewer)
    reasons = ["noise"] if verdict == "reject" else []
    try:
        reviews.cast_vote(found, reviewer=person, verdict=verdict, reasons=reasons, note="", now=NOW)
    except ValidationError as refusal:
        return f"refused: {refusal.code}"
    return "voted"


def settle() -> int:
    """Settle all votes, at a time when they stand."""
    return reviews.settle_votes(now=NOW + timedelta(minutes=1))


def assign(*, sample: int) -> int:
    """Fill the sample's places; return how many were given."""
    return len(assignments.assign_reviewers(Sample.objects.get(pk=sample), now=NOW))


def repair() -> int:
    """Run the sweep that gives places away."""
    return assignments.repair_assignments(now=NOW)


def pause(*, reviewer: int) -> str:
    """Take the reviewer from the work."""
    person = User.objects.get(pk=reviewer)
    reviewers.set_reviewer(person, languages=[], is_active=False, weekly_cap=None)
    return "paused"


def know(*, sample: int, reviewer: int) -> str:
    """Say "I know this voice"; return "known" or the code of the refusal."""
    found, person = Sample.objects.get(pk=sample), User.objects.get(pk=reviewer)
    try:
        conflicts.declare_known_voice(found, reviewer=person, now=NOW)
    except ValidationError as refusal:
        return f"refused: {refusal.code}"
    return "known"


def send(*, person: int, content: str) -> str:
    """Send a sample; return "sent" or the code of the refusal."""
    file = ContentFile(content.encode(), name="talk.m4a")
    try:
        samples.submit_sample(User.objects.get(pk=person), project=Project.objects.get(), file=file, now=NOW)
    except ValidationError as refusal:
        return str(refusal.code)
    return "sent"


def look_at_samples() -> dict[str, object]:
    """Return what is left: counts, and what the sweeps find."""
    return {
        "broken": invariants.broken_samples() + invariants.broken_reviews() + invariants.broken_places(),
        "samples": sorted(Sample.objects.values_list("status", flat=True)),
        "votes": Review.objects.filter(undone_at=None).count(),
        "places": Reviewing.objects.live().count(),
        "qualifications": Qualification.objects.count(),
    }
