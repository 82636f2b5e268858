"""Reviewers as the queue knows them: what they hear, whom they know, and the samples that check their ear."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from recordings.models.sample import Sample


class ReviewerProfile(models.Model):
    """
    What a reviewer hears, how much, and how their player is set. Rule: R-7.

    Without a row, and with no languages named, a reviewer hears every language:
    a team of one language need not be told so.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="reviewer_profile",
        verbose_name=_("person"),
    )
    languages = models.JSONField(_("languages"), default=list, blank=True)
    is_active = models.BooleanField(_("reviews at present"), default=True)
    weekly_cap = models.PositiveSmallIntegerField(
        _("asked for at most (samples in 7 days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    playback_speed = models.FloatField(
        _("playback speed"), default=1.0, validators=[MinValueValidator(0.75), MaxValueValidator(2.5)]
    )
    plays_at_once = models.BooleanField(_("the next sample plays at once"), default=True)

    class Meta:
        verbose_name = _("reviewer")
        verbose_name_plural = _("reviewers")
        constraints = [
            models.CheckConstraint(
                condition=Q(playback_speed__gte=0.75, playback_speed__lte=2.5),
                name="playback_speed_is_one_that_the_guard_allows",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)


class ConflictSource(models.TextChoices):
    VOICE = "voice", _("Knew the voice")
    STAFF = "staff", _("Written down by staff")


class Conflict(AppendOnly):
    """A member of staff who knows a participant, and so never judges a sample of theirs. Rule: R-7."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="conflicts",
        verbose_name=_("member of staff"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("participant")
    )
    source = models.CharField(_("how it was learnt"), max_length=8, choices=ConflictSource.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        constraints = [
            models.UniqueConstraint(fields=["staff", "person"], name="one_conflict_of_two_people"),
            models.CheckConstraint(condition=~Q(staff=F("person")), name="a_conflict_is_of_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.person}"


class GoldVerdict(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")


class GoldSample(models.Model):
    """A decided sample whose verdict is beyond doubt: slipped into queues, it checks how reviewers hear. Rule: R-44."""

    sample = models.OneToOneField(
        Sample, on_delete=models.PROTECT, related_name="gold", verbose_name=_("sample")
    )
    expected = models.CharField(_("expected verdict"), max_length=8, choices=GoldVerdict.choices)
    reasons = models.JSONField(_("reason codes"), default=list, blank=True)
    explanation = models.TextField(_("explanation"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    set_at = models.DateTimeField(_("set at"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("gold sample")
        verbose_name_plural = _("gold samples")
        constraints = [
            models.CheckConstraint(condition=~Q(explanation=""), name="a_gold_sample_explains_itself"),
            models.CheckConstraint(
                condition=~Q(expected="reject") | ~Q(reasons=[]), name="an_expected_rejection_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.expected}"
