"""Blind votes on a sample, and the cross review of those that two votes did not settle."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from recordings.models.sample import Sample


class Verdict(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    UNSURE = "unsure", _("Unsure")


class ReviewingQuerySet(models.QuerySet["Reviewing"]):
    def live(self) -> "ReviewingQuerySet":
        """Return the places that count on a sample in review: not lost, and no gold samples."""
        return self.filter(lost_at=None, is_gold=False)

    def running(self, *, now: datetime) -> "ReviewingQuerySet":
        """Return the places, gold samples among them, that are their reviewer's alone now."""
        return self.filter(lost_at=None, expires_at__gt=now)


class ReviewQuerySet(models.QuerySet["Review"]):
    def votes(self) -> "ReviewQuerySet":
        """Return what counts on a sample: votes that were not undone, without those on gold samples."""
        return self.filter(undone_at=None, is_gold=False)

    def standing(self, *, now: datetime) -> "ReviewQuerySet":
        """Return the votes that nobody can take back any more. Rule: R-12."""
        return self.votes().filter(stands_at__lte=now)

    def gold(self) -> "ReviewQuerySet":
        """Return the votes on gold samples: they say how a reviewer hears and decide nothing. Rule: R-44."""
        return self.filter(undone_at=None, is_gold=True)


class Reviewing(models.Model):
    """
    A reviewer's place on a sample: assigned first, reserved once they open it. Rule: R-7.

    From `expires_at` on anybody else may take the place: a day after it was assigned,
    some minutes after it was opened. `lost_at` tells that somebody did, or that the
    sample was decided; the row stays so that a page still open can be told why.
    """

    sample = models.ForeignKey(
        Sample, on_delete=models.CASCADE, related_name="reservations", verbose_name=_("sample")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="reservations",
        verbose_name=_("reviewer"),
    )
    assigned_at = models.DateTimeField(_("assigned at"))
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    lost_at = models.DateTimeField(_("lost at"), null=True, blank=True)
    is_gold = models.BooleanField(_("gold sample"), default=False)

    objects = ReviewingQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        indexes = [
            models.Index(fields=["reviewer", "lost_at"], name="places_of_reviewer"),
            models.Index(
                fields=["expires_at", "sample", "reviewer"],
                condition=Q(lost_at=None, is_gold=False),
                name="places_that_count",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["sample", "reviewer"], name="one_reservation_per_reviewer")
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} {self.sample}"


class Review(models.Model):
    """
    One reviewer's vote. It can be undone for some seconds (`undone_at`), then it stands. Rules: R-7 to R-12.

    `stands_at` is the moment from which it counts; the sample's verdict is computed
    from the votes that stand. A vote on a gold sample (`is_gold`) decides nothing.
    """

    sample = models.ForeignKey(
        Sample, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("sample")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("reviewer")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    reasons = models.JSONField(_("reason codes"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    heard_ms = models.PositiveIntegerField(_("heard (ms)"))
    voted_at = models.DateTimeField(_("voted at"))
    stands_at = models.DateTimeField(_("stands at"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    is_gold = models.BooleanField(_("vote on a gold sample"), default=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = [
            models.Index(fields=["reviewer", "-voted_at"], name="review_by_reviewer"),
            models.Index(fields=["voted_at"], name="review_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "reviewer"],
                condition=Q(undone_at__isnull=True),
                name="one_vote_per_reviewer_and_sample",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="reject") | ~Q(reasons=[]), name="a_rejection_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} {self.verdict}"


class CrossVerdict(models.TextChoices):
    CONFIRM = "confirm", _("Confirm the rejection")
    OVERTURN = "overturn", _("Approve the sample")


class CrossReview(AppendOnly):
    """A lead reviewer's last word on a sample. Rule: R-10."""

    sample = models.OneToOneField(
        Sample, on_delete=models.PROTECT, related_name="cross_review", verbose_name=_("sample")
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("lead reviewer")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=CrossVerdict.choices)
    reasons = models.JSONField(_("reason codes"), default=list, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("cross review")
        verbose_name_plural = _("cross reviews")
        constraints = [
            models.CheckConstraint(
                condition=~Q(verdict="overturn") | ~Q(explanation=""), name="an_overturned_rejection_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.verdict}"
