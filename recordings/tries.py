"""Who may send a sample, and when the next one. Rule: R-13."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.consents import scopes_in_force
from accounts.models import Scope, User
from accounts.people import has_complete_profile
from recordings import reasons
from recordings.models import LIVE_SAMPLE_STATUSES, CrossReview, Sample, SampleStatus
from scheduling.models import Project


class SampleRefused(ValidationError):
    """A sample cannot be sent, or not now."""


class Try(NamedTuple):
    """One sample of a person, as far as the next one depends on it."""

    pk: int
    status: str
    sent_at: datetime
    decided_at: datetime | None


def check_may_send(person: User, *, project: Project, now: datetime) -> None:
    """Raise SampleRefused when the person may not send a sample to the project now; see `find_obstacle`."""
    obstacle = find_obstacle(person, project=project, now=now)
    if obstacle is not None:
        raise obstacle


def find_obstacle(person: User, *, project: Project, now: datetime) -> SampleRefused | None:
    """
    Return why the person may not send a sample now, or None.

    Codes: "closed", "profile", "consent", "approved", "running", "no_more",
    "not_again", "too_soon", "too_many_refused". Five queries at most.
    What the machine refused is not one of the tries; see docs/decisions/0007. Rules: R-4, R-13.
    """
    if not project.is_open:
        return SampleRefused(_("This project takes no new samples."), code="closed")
    if not has_complete_profile(person):
        return SampleRefused(_("Complete your profile first."), code="profile")
    if Scope.RECORD not in scopes_in_force(person):
        return SampleRefused(_("Agree to be recorded and transcribed first."), code="consent")
    tries = [
        Try(*row)
        for row in Sample.objects.filter(person=person, project=project)
        .order_by("pk")
        .values_list("pk", "status", "sent_at", "decided_at")
    ]
    return _find_in_tries(tries, project=project, now=now)


def _find_in_tries(tries: list[Try], *, project: Project, now: datetime) -> SampleRefused | None:
    statuses = {attempt.status for attempt in tries}
    if SampleStatus.APPROVED in statuses:
        return SampleRefused(_("Your sample was approved; no other is needed."), code="approved")
    if not statuses.isdisjoint(LIVE_SAMPLE_STATUSES):
        return SampleRefused(_("Your sample is being looked at. Wait for the decision."), code="running")
    counted = [attempt for attempt in tries if attempt.status != SampleStatus.REFUSED]
    if len(counted) >= project.max_samples:
        return SampleRefused(
            _("You have sent %(most)d samples, and that is all that one person may send."),
            code="no_more",
            params={"most": project.max_samples},
        )
    rejected = [attempt for attempt in counted if attempt.status == SampleStatus.REJECTED]
    if rejected and (obstacle := _find_in_rejection(rejected[-1], project=project, now=now)):
        return obstacle
    day_ago = now - timedelta(days=1)
    refused = [a for a in tries if a.status == SampleStatus.REFUSED and a.sent_at > day_ago]
    if len(refused) >= project.max_refused_samples_per_day:
        return SampleRefused(
            _("You have sent many files today that we could not use. Try again tomorrow."),
            code="too_many_refused",
        )
    return None


def _find_in_rejection(rejected: Try, *, project: Project, now: datetime) -> SampleRefused | None:
    codes = CrossReview.objects.filter(sample_id=rejected.pk).values_list("reasons", flat=True).first()
    if not reasons.may_retry(codes or []):
        return SampleRefused(_("After this rejection no new sample can be sent."), code="not_again")
    opens_at = _opens_at(rejected, project=project)
    if now < opens_at:
        return SampleRefused(
            _("You may send a new sample from %(day)s."),
            code="too_soon",
            params={"day": date_format(timezone.localtime(opens_at), "DATETIME_FORMAT"), "at": opens_at},
        )
    return None


def next_try_at(sample: Sample) -> datetime | None:
    """Return from when the person of a rejected sample may send the next one, None for never. Rules: R-11, R-13."""
    codes = CrossReview.objects.filter(sample=sample).values_list("reasons", flat=True).first()
    counted = Sample.objects.filter(person=sample.person_id, project=sample.project_id)
    is_used_up = counted.exclude(status=SampleStatus.REFUSED).count() >= sample.project.max_samples
    if not sample.project.is_open or not reasons.may_retry(codes or []) or is_used_up:
        return None
    return _opens_at(sample, project=sample.project)


def _opens_at(rejected: Try | Sample, *, project: Project) -> datetime:
    return (rejected.decided_at or rejected.sent_at) + timedelta(days=project.retry_after_days)
