"""Which samples, sessions and files a person may see: somebody else's answer as if they did not exist."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.access import Role, has_role
from accounts.models import User
from recordings.gold import GOLD_STATUSES
from recordings.models import (
    Conflict,
    GoldSample,
    PlayPurpose,
    PromptSet,
    RecordingSession,
    Review,
    Reviewing,
    Sample,
    SampleStatus,
    Upload,
)
from scheduling.models import Booking, BookingStatus, StudioStaff

DOOR_STATUSES = [
    BookingStatus.CONFIRMED,
    BookingStatus.CHECKED_IN,
    BookingStatus.COMPLETED,
    BookingStatus.FAILED,
]


# --- sessions ---


def bookings_at_door_of(user: User) -> QuerySet[Booking]:
    """
    Return the bookings whose sessions the user may see: a manager all, an operator those of their studios.

    Nobody's own: who speaks in a session does not run it, nor close it and so pay themselves.
    """
    own = Q(pair__person_a=user) | Q(pair__person_b=user)
    bookings = (
        Booking.objects.filter(status__in=DOOR_STATUSES)
        .exclude(own)
        .select_related(
            "project",
            "slot__booth__studio__city",
            "pair__person_a__profile",
            "pair__person_b__profile",
            "session",
        )
    )
    if has_role(user, Role.MANAGER):
        return bookings
    if not has_role(user, Role.OPERATOR):
        return bookings.none()
    theirs = StudioStaff.objects.filter(person=user, studio=OuterRef("slot__booth__studio"))
    return bookings.filter(Exists(theirs))


def get_booking_at_door(user: User, booking_id: int) -> Booking:
    """Return a booking that the user may check in. Raise Http404 for every other one."""
    return get_object_or_404(bookings_at_door_of(user), pk=booking_id)


def get_session(user: User, key: str) -> RecordingSession:
    """Return a session that the user may see. Raise Http404 for every other one."""
    sessions = RecordingSession.objects.select_related(
        "booking__project",
        "booking__slot__booth__studio__city",
        "booking__pair__person_a__profile",
        "booking__pair__person_b__profile",
        "prompt_set",
        "opened_by__profile",
        "closed_by__profile",
    )
    return get_object_or_404(sessions, key=key, booking__in=bookings_at_door_of(user).order_by().values("pk"))


def get_prompt_set(prompt_set_id: int) -> PromptSet:
    """Return a prompt set, to whoever may open the page of one. Raise Http404 when there is none."""
    return get_object_or_404(PromptSet.objects.select_related("project"), pk=prompt_set_id)


# --- samples and reviews ---


def get_sample_for(person: User, key: str) -> Sample:
    """Return a sample that the person sent. Raise Http404 for every other one."""
    return get_object_or_404(Sample.objects.select_related("project"), key=key, person=person)


def get_upload_for(person: User, key: str) -> Upload:
    """Return an upload that the person began. Raise Http404 for every other one."""
    return get_object_or_404(
        Upload.objects.select_related("project", "person", "sample"), key=key, person=person
    )


def get_sample_to_review(reviewer: User, key: str) -> Sample:
    """Return a sample on which the reviewer has, or had, a place. Raise Http404 for every other one. Rule: R-8."""
    return get_object_or_404(_placed(reviewer), key=key)


def get_vote_to_undo(reviewer: User, key: str) -> Review:
    """Return the reviewer's own vote on a sample. Raise Http404 when there is none."""
    votes = Review.objects.filter(reviewer=reviewer, sample__key=key).select_related("sample")
    return get_object_or_404(votes.order_by("-pk")[:1])


def get_sample_to_cross_review(lead: User, key: str) -> Sample:
    """Return a sample that waits for a cross review, or had the lead's. Raise Http404 for every other one."""
    return get_object_or_404(_crossed(lead), key=key)


def get_sample_ahead(reviewer: User, key: str) -> Sample:
    """
    Return a sample that is assigned to the reviewer and not opened yet. Raise Http404 for every other one.

    A place that waits for more than a day is theirs until somebody else takes it.
    """
    assigned = Reviewing.objects.live().filter(reviewer=reviewer, opened_at=None)
    return get_object_or_404(Sample, key=key, pk__in=assigned.values("sample"), status=SampleStatus.IN_REVIEW)


def get_sample_for_gold(lead: User, key: str) -> Sample:
    """Return a decided sample that the lead may hear to make it gold. Raise Http404 for every other one."""
    return get_object_or_404(_decided(lead).select_related("project", "gold"), key=key)


def get_gold(lead: User, key: str) -> GoldSample:
    """Return the gold sample of this key. Raise Http404 when there is none, and for the lead's own voice."""
    golds = GoldSample.objects.select_related("sample").exclude(sample__person=lead)
    return get_object_or_404(golds, sample__key=key)


def get_reviewer(person_id: int) -> User:
    """Return somebody who reviews, paused or not, to whoever may open the page of one. Raise Http404 else."""
    roles = [Role.REVIEWER.value, Role.LEAD_REVIEWER.value]
    people = User.objects.filter(is_active=True, groups__name__in=roles).select_related("profile").distinct()
    return get_object_or_404(people, pk=person_id)


class Playable(NamedTuple):
    """A sample that somebody may hear now, and why."""

    sample: Sample
    purpose: PlayPurpose


def get_sample_to_play(person: User, key: str, *, now: datetime) -> Playable:
    """
    Return a sample whose sound the person may hear now. Raise Http404 for every other one.

    Its owner; a reviewer with a running or assigned place or a vote; a lead reviewer while it
    is in cross review and they do not know the voice, and decided ones: they choose the gold samples. Rules: R-8, R-44.
    """
    choices = [(PlayPurpose.OWN, Sample.objects.filter(person=person))]
    if has_role(person, Role.REVIEWER, Role.LEAD_REVIEWER):
        choices.append((PlayPurpose.REVIEW, _placed(person, running_at=now)))
    if has_role(person, Role.LEAD_REVIEWER):
        known = Conflict.objects.filter(staff=person).values("person")
        choices.append((PlayPurpose.CROSS_REVIEW, _crossed(person).exclude(person__in=known)))
        choices.append((PlayPurpose.GOLD, _decided(person)))
    for purpose, samples in choices:
        sample = samples.filter(key=key).first()
        if sample is not None:
            return Playable(sample, purpose)
    raise Http404


def _placed(reviewer: User, *, running_at: datetime | None = None) -> QuerySet[Sample]:
    """Return the samples of the reviewer's votes and opened places, or with `running_at` of all that run then."""
    reservation = Q(reservations__reviewer=reviewer)
    if running_at is None:
        reservation &= Q(reservations__opened_at__isnull=False)
    else:
        reservation &= Q(reservations__expires_at__gt=running_at, reservations__lost_at=None)
    vote = Q(reviews__reviewer=reviewer, reviews__undone_at=None)
    places = Sample.objects.filter(reservation | vote).exclude(person=reviewer)
    return Sample.objects.filter(pk__in=places.values("pk")).select_related("project")


def _crossed(lead: User) -> QuerySet[Sample]:
    waiting = Q(status=SampleStatus.CROSS_REVIEW)
    samples = Sample.objects.filter(waiting | Q(cross_review__lead=lead)).exclude(person=lead)
    return samples.select_related("project", "cross_review")


def _decided(lead: User) -> QuerySet[Sample]:
    """Return the decided samples of others whose people are still here."""
    decided = Sample.objects.filter(status__in=GOLD_STATUSES, person__is_active=True)
    return decided.exclude(person=lead)
