"""The audio files of a session."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recordings.models.session import RecordingSession


class AssetSpeaker(models.TextChoices):
    A = "A", _("Speaker A")
    B = "B", _("Speaker B")
    BOTH = "AB", _("Both speakers")


class AssetStatus(models.TextChoices):
    MEASURING = "measuring", _("Being measured")
    USABLE = "usable", _("Usable")
    UNUSABLE = "unusable", _("Not usable")


class AssetProblem(models.TextChoices):
    """Why a file cannot be used: the codes of `audio.refusals.RefusalCode`, and two of our own."""

    EMPTY = "empty", _("The file has no sound.")
    NOT_AUDIO = "not_audio", _("This is not a sound file.")
    NO_SOUND_TRACK = "no_sound_track", _("It has no sound track.")
    UNSUPPORTED_CODEC = "unsupported_codec", _("Its coding is not supported. Export it as WAV or FLAC.")
    BAD_FORMAT = "bad_format", _("Its sample rate or channels are not supported.")
    UNPLAYABLE = "unplayable", _("The file is damaged and cannot be played.")
    TRUNCATED = "truncated", _("It ends before its own end. Copy it again.")
    TOO_LONG = "too_long", _("It is longer than any session.")
    DECODE_TIMEOUT = "decode_timeout", _("Measuring it took too long. Attach it in parts.")
    DECODE_MEMORY = "decode_memory", _("Measuring it took too much memory.")
    DECODE_CRASHED = "decode_crashed", _("Measuring it broke off. Export it again.")
    FILE_LOST = "file_lost", _("Our storage has lost it. Attach it once more.")
    GAVE_UP = "gave_up", _("Measuring it broke off again and again. Export it again.")


def asset_path(asset: "Asset", filename: str) -> str:
    """Return where the file lies: a generated name under the session's key."""
    return f"sessions/{asset.session.key[:2]}/{asset.session.key}/{asset.key}"


class Asset(models.Model):
    """One audio file of a session; the bytes are never changed."""

    session = models.ForeignKey(
        RecordingSession, on_delete=models.PROTECT, related_name="assets", verbose_name=_("session")
    )
    key = models.CharField(_("key"), max_length=32, unique=True)
    speaker = models.CharField(_("speaker"), max_length=2, choices=AssetSpeaker.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=AssetStatus.choices, default=AssetStatus.MEASURING
    )
    file = models.FileField(_("file"), upload_to=asset_path, max_length=200)
    file_bytes = models.PositiveBigIntegerField(_("size (bytes)"))
    file_sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    queued_at = models.DateTimeField(_("queued for measuring at"))
    measure_attempts = models.PositiveSmallIntegerField(_("times the measuring began"), default=0)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    sample_rate_hz = models.PositiveIntegerField(_("sample rate (Hz)"), null=True, blank=True)
    channels = models.PositiveSmallIntegerField(_("channels"), null=True, blank=True)
    codec = models.CharField(_("codec"), max_length=24, blank=True)
    peak_dbfs = models.FloatField(_("peak (dBFS)"), null=True, blank=True)
    loudness_lufs = models.FloatField(_("loudness (LUFS)"), null=True, blank=True)
    clipped_share = models.FloatField(_("clipped share"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=24, choices=AssetProblem.choices, blank=True)

    class Meta:
        verbose_name = _("audio file")
        verbose_name_plural = _("audio files")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "file_sha256"],
                condition=~Q(problem="file_lost"),
                name="a_file_is_attached_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="unusable") | ~Q(problem=""), name="an_unusable_file_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker} {self.key[:8]}"
