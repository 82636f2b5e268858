"""A sample conversation, what was measured of it, and where it stands."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly, StatusEvent
from scheduling.models import Project


class SampleStatus(models.TextChoices):
    MEASURING = "measuring", _("Being measured")
    REFUSED = "refused", _("Not accepted")
    IN_REVIEW = "in_review", _("In review")
    CROSS_REVIEW = "cross_review", _("In cross review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


LIVE_SAMPLE_STATUSES = ["measuring", "in_review", "cross_review"]


def original_path(sample: "Sample", filename: str) -> str:
    """Return where the original lies: a generated name; nothing of the sender's file name is kept."""
    return f"samples/{sample.key[:2]}/{sample.key}/original"


def preview_path(sample: "Sample", filename: str) -> str:
    """Return where the playable preview lies."""
    return f"samples/{sample.key[:2]}/{sample.key}/preview.{filename.rsplit('.', 1)[-1]}"


class Sample(models.Model):
    """
    A conversation of two to three minutes that somebody sent to be let in. Rules: R-5 to R-13.

    Figures are null until measured (and when they cannot be). `peaks` is a list of
    [lowest, highest] pairs, −128 … 127, over equal parts of the whole duration;
    `regions` a list of {kind, from_ms, to_ms} that a listener should look at; `voices`
    one of {voice, from_ms, to_ms}, an estimate of which of two voices speaks. `measured_with`
    names the model of each figure that a model gave.
    `refusal` is the code of a machine's refusal (status refused); `marks` are the
    codes that reviewers see.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="samples", verbose_name=_("project")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="samples", verbose_name=_("person")
    )
    key = models.CharField(
        _("key"), max_length=32, unique=True, help_text=_("Random; names the files and the pages.")
    )
    status = models.CharField(
        _("status"), max_length=14, choices=SampleStatus.choices, default=SampleStatus.MEASURING
    )
    original = models.FileField(_("original"), upload_to=original_path, max_length=200)
    original_bytes = models.PositiveBigIntegerField(_("size (bytes)"))
    original_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    sent_at = models.DateTimeField(_("sent at"))

    queued_at = models.DateTimeField(_("queued for measuring at"))
    measure_attempts = models.PositiveSmallIntegerField(_("times the measuring began"), default=0)
    measured_at = models.DateTimeField(_("measured at"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    sample_rate_hz = models.PositiveIntegerField(_("sample rate (Hz)"), null=True, blank=True)
    channels = models.PositiveSmallIntegerField(_("channels"), null=True, blank=True)
    codec = models.CharField(_("codec"), max_length=24, blank=True)
    loudness_lufs = models.FloatField(_("loudness (LUFS)"), null=True, blank=True)
    peak_dbfs = models.FloatField(_("peak (dBFS)"), null=True, blank=True)
    clipped_share = models.FloatField(_("clipped share"), null=True, blank=True)
    speech_share = models.FloatField(_("speech share"), null=True, blank=True)
    snr_db = models.FloatField(_("speech over noise (dB)"), null=True, blank=True)
    bandwidth_hz = models.PositiveIntegerField(_("bandwidth (Hz)"), null=True, blank=True)
    band_drop_db = models.FloatField(_("drop at the end of the band (dB)"), null=True, blank=True)
    quality_mos = models.FloatField(_("quality (1 to 5, estimate)"), null=True, blank=True)
    dominant_share = models.FloatField(_("share of the first voice (estimate)"), null=True, blank=True)
    voices = models.JSONField(_("who speaks when (estimate)"), default=list, blank=True)
    measured_with = models.JSONField(_("measured with"), default=dict, blank=True)
    pcm_sha256 = models.CharField(_("SHA-256 of the sound"), max_length=64, blank=True)
    peaks = models.JSONField(_("peaks"), default=list, blank=True)
    regions = models.JSONField(_("marked stretches"), default=list, blank=True)
    preview = models.FileField(_("preview"), upload_to=preview_path, max_length=200, blank=True)
    marks = models.JSONField(_("marks"), default=list, blank=True)
    refusal = models.CharField(_("refused because"), max_length=24, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    told_at = models.DateTimeField(_("outcome told at"), null=True, blank=True)
    outcome_seen_at = models.DateTimeField(_("outcome seen on its page at"), null=True, blank=True)
    has_open_places = models.BooleanField(
        _("lacks reviewers"), default=True, help_text=_("Fewer people are on it than it has places.")
    )

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        indexes = [
            models.Index(
                fields=["status", "sent_at", "has_open_places", "person", "project"], name="sample_queue"
            ),
            models.Index(fields=["sent_at"], name="sample_by_time"),
            models.Index(fields=["decided_at"], name="sample_by_decision"),
            models.Index(
                fields=["sent_at"],
                condition=Q(status="in_review", has_open_places=True),
                name="sample_lacks_reviewers",
            ),
            models.Index(fields=["original_sha256"], name="sample_same_bytes"),
            models.Index(fields=["pcm_sha256"], name="sample_same_sound"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                condition=Q(status__in=["measuring", "in_review", "cross_review", "approved"]),
                name="one_running_sample_per_person_and_project",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(refusal=""), name="a_refused_sample_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.key[:8]}"


class SampleEvent(StatusEvent):
    """A change of a sample's status."""

    sample = models.ForeignKey(
        Sample, on_delete=models.PROTECT, related_name="events", verbose_name=_("sample")
    )
    old = models.CharField(_("before"), max_length=14, choices=SampleStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=SampleStatus.choices)

    class Meta:
        verbose_name = _("sample event")
        verbose_name_plural = _("sample events")


class SamplePlay(models.Model):
    """How much of a sample one reviewer has heard: whole seconds of the sound, each counted once. Rule: R-12."""

    sample = models.ForeignKey(
        Sample, on_delete=models.CASCADE, related_name="plays", verbose_name=_("sample")
    )
    listener = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("listener")
    )
    heard_seconds = models.JSONField(_("seconds heard"), default=list, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    updated_at = models.DateTimeField(_("updated at"))

    class Meta:
        verbose_name = _("play")
        verbose_name_plural = _("plays")
        constraints = [
            models.UniqueConstraint(fields=["sample", "listener"], name="one_play_row_per_listener")
        ]

    def __str__(self) -> str:
        return f"{self.listener} {len(self.heard_seconds)} s"


class SampleExport(AppendOnly):
    """Somebody was handed a list of samples as a file: who, when, which they had asked for. Source: PIPL 28."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))
    filters = models.JSONField(_("chosen"), default=dict, blank=True)
    rows = models.PositiveIntegerField(_("samples"))

    class Meta:
        verbose_name = _("export of samples")
        verbose_name_plural = _("exports of samples")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.rows} samples"
