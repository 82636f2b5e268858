"""Takes of the scripted dialogues."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recordings.models.session import RecordingSession


class RetakeReason(models.TextChoices):
    """Why a piece is recorded again; the order is that of the keys 1 to 8. Rule: R-31."""

    NOISE = "noise", _("Noise: cough, laugh, movement")
    UNCLEAR = "unclear", _("Unclear or swallowed words")
    FLAT = "flat", _("Too little emotion")
    OVERLAP = "overlap", _("Talking over each other")
    UNNATURAL = "unnatural", _("Unnatural or led tone")
    PROMPT_WORDS = "prompt_words", _("Wrong prompt words")
    TECHNICAL = "technical", _("Microphone or recorder")
    OTHER = "other", _("Something else")


class Take(models.Model):
    """
    One recording of one dialogue, written from the event log when the session closes.

    A retake keeps the old one (`is_kept` false) and names its reason. Rules: R-30, R-31.
    """

    session = models.ForeignKey(
        RecordingSession, on_delete=models.PROTECT, related_name="takes", verbose_name=_("session")
    )
    dialogue_number = models.PositiveSmallIntegerField(_("dialogue"))
    take_number = models.PositiveSmallIntegerField(_("take"))
    opener = models.CharField(_("opened by"), max_length=1, choices=[("A", "A"), ("B", "B")])
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    is_kept = models.BooleanField(_("kept"), default=True)
    retake_reason = models.CharField(_("recorded again because"), max_length=24, blank=True)

    class Meta:
        verbose_name = _("take")
        verbose_name_plural = _("takes")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "dialogue_number", "take_number"], name="one_take_per_number"
            ),
            models.UniqueConstraint(
                fields=["session", "dialogue_number"],
                condition=Q(is_kept=True),
                name="one_kept_take_per_dialogue",
            ),
            models.CheckConstraint(
                condition=Q(is_kept=True) | ~Q(retake_reason=""), name="a_dropped_take_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dialogue_number}/{self.take_number}"
