"""Whom members of staff know among the participants, and what follows for the queue. Rule: R-7."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.access import Role, is_staff_member
from accounts.models import User
from recordings.assignments import assign_reviewers, is_known_to
from recordings.models import Conflict, ConflictSource, Review, Reviewing, Sample, SampleStatus
from recordings.reviewers import active_reviewers


class ConflictRefused(ValidationError):
    """A relation that cannot be written down."""


@transaction.atomic
def record_conflict(
    staff: User, person: User, *, source: str, note: str, by: User, now: datetime
) -> Conflict:
    """
    Write down that the member of staff knows the person, and give their places on the person's samples to others.

    From then on they get no sample of this person, for good; what they voted before stays.
    Raise ConflictRefused: "same_person", "not_staff" or "known" when it is written already. Rule: R-7.
    """
    if staff.pk == person.pk:
        raise ConflictRefused(_("Choose two different people."), code="same_person")
    if not is_staff_member(staff):
        raise ConflictRefused(_("This person has no role among the staff."), code="not_staff")
    try:
        with transaction.atomic():
            conflict = Conflict.objects.create(
                staff=staff, person=person, source=ConflictSource(source), note=note.strip(), by=by, at=now
            )
    except IntegrityError as error:
        raise ConflictRefused(_("This is written down already."), code="known") from error
    _give_places_away(staff, person, now=now)
    return conflict


@transaction.atomic
def declare_known_voice(sample: Sample, *, reviewer: User, now: datetime) -> None:
    """
    Take the reviewer, who knows the voice, off the sample for good, and put somebody else on it.

    They are told nothing about whose voice it is. Raise ConflictRefused: "voted" (a vote is to
    be undone first) or "not_reserved" without a place. Twice changes nothing. Locks the sample.
    """
    sample = Sample.objects.select_for_update(of=("self",)).select_related("person").get(pk=sample.pk)
    if Review.objects.filter(sample=sample, reviewer=reviewer, undone_at=None).exists():
        raise ConflictRefused(_("You have voted on this sample. Take the vote back first."), code="voted")
    place = Reviewing.objects.filter(sample=sample, reviewer=reviewer, opened_at__isnull=False)
    if not place.exists():
        raise ConflictRefused(_("You have no place on this sample. Take the next one."), code="not_reserved")
    if is_known_to(reviewer, sample=sample):
        return
    record_conflict(reviewer, sample.person, source=ConflictSource.VOICE, note="", by=reviewer, now=now)


@transaction.atomic
def hand_case_on(sample: Sample, *, lead: User, now: datetime) -> bool:
    """
    Take the lead reviewer, who knows the voice, off the disputed sample for good; another one decides it.

    Return whether another one is left: if not, the managers' page says so. Raise ConflictRefused:
    "closed" when the sample does not wait for a cross review any more, "same_person" for their own voice.
    Twice changes nothing. Locks the sample. Rules: R-7, R-10.
    """
    sample = Sample.objects.select_for_update(of=("self",)).select_related("person").get(pk=sample.pk)
    if sample.status != SampleStatus.CROSS_REVIEW:
        raise ConflictRefused(_("This sample was decided meanwhile."), code="closed")
    if not is_known_to(lead, sample=sample):
        record_conflict(lead, sample.person, source=ConflictSource.VOICE, note="", by=lead, now=now)
    return not samples_without_lead().filter(pk=sample.pk).exists()


def samples_without_lead() -> QuerySet[Sample]:
    """Return the disputed samples that no lead may decide: each knows the voice, voted or is away. Rule: R-10."""
    at_work = active_reviewers(Role.LEAD_REVIEWER).order_by().values("pk")
    known = Conflict.objects.filter(staff=OuterRef("pk"), person=OuterRef(OuterRef("person")))
    voted = Review.objects.votes().filter(reviewer=OuterRef("pk"), sample=OuterRef(OuterRef("pk")))
    free = User.objects.filter(~Exists(known), ~Exists(voted), pk__in=at_work).exclude(pk=OuterRef("person"))
    return Sample.objects.filter(~Exists(free), status=SampleStatus.CROSS_REVIEW)


def _give_places_away(staff: User, person: User, *, now: datetime) -> None:
    """Take the places, those on gold samples too, and look for somebody else in the same moment."""
    places = Reviewing.objects.filter(reviewer=staff, sample__person=person, lost_at=None)
    samples = list(Sample.objects.filter(pk__in=places.values("sample")).order_by("pk"))
    places.update(lost_at=now)
    for sample in samples:
        assign_reviewers(sample, now=now)
