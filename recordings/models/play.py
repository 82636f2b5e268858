"""The log of whom a sample's sound was sent to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from recordings.models.sample import Sample


class PlayPurpose(models.TextChoices):
    """Why somebody may hear a sample: what the access check found."""

    OWN = "own", _("Own sample")
    REVIEW = "review", _("Review")
    CROSS_REVIEW = "cross_review", _("Cross review")
    GOLD = "gold", _("Choice of gold samples")
    AHEAD = "ahead", _("Fetched ahead, not played")


class Delivery(models.TextChoices):
    """Who sends the bytes: the setting DUOLOGUE_SOUND_DELIVERY."""

    DJANGO = "django", _("By the application")
    ACCEL = "accel", _("By the proxy")
    PRESIGNED = "presigned", _("By the object store")


class PlayEvent(AppendOnly):
    """
    Sound of a sample was sent to somebody, in one minute of the clock.

    A player asks for a sound in many parts: they are one row. How much was
    heard stands in SamplePlay.
    """

    sample = models.ForeignKey(
        Sample, on_delete=models.PROTECT, related_name="play_events", verbose_name=_("sample")
    )
    listener = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("listener")
    )
    minute_at = models.DateTimeField(_("minute"), help_text=_("The minute in which the sound was sent."))
    purpose = models.CharField(_("purpose"), max_length=12, choices=PlayPurpose.choices)
    delivery = models.CharField(_("sent"), max_length=10, choices=Delivery.choices)

    class Meta:
        verbose_name = _("play in the log")
        verbose_name_plural = _("log of plays")
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "listener", "minute_at"], name="one_play_a_minute_and_listener"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.listener} {self.purpose}"
