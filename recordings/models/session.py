"""A recording session and the append-only log that its state is computed from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from recordings.models.prompt import PromptSet
from scheduling.models import Booking


class SessionStatus(models.TextChoices):
    OPEN = "open", _("Running")
    COMPLETED = "completed", _("Completed")
    ABANDONED = "abandoned", _("Broken off")


class RecordingSession(models.Model):
    """One booking in the studio, from check-in to completion. Rules: R-27 to R-34."""

    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, related_name="session", verbose_name=_("booking")
    )
    prompt_set = models.ForeignKey(
        PromptSet,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sessions",
        verbose_name=_("prompt set"),
    )
    key = models.CharField(_("key"), max_length=32, unique=True)
    status = models.CharField(
        _("status"), max_length=10, choices=SessionStatus.choices, default=SessionStatus.OPEN
    )
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    shortfall = models.JSONField(_("what was short at the end"), default=list, blank=True)
    short_reason = models.TextField(_("why it was closed short"), blank=True)
    free_talk_ms = models.PositiveIntegerField(_("free conversation (ms)"), null=True, blank=True)
    dialogues_done = models.PositiveSmallIntegerField(_("dialogues done"), null=True, blank=True)
    overrun_ms = models.PositiveIntegerField(_("overrun (ms)"), default=0)

    class Meta:
        verbose_name = _("recording session")
        verbose_name_plural = _("recording sessions")
        indexes = [models.Index(fields=["status", "opened_at"], name="session_by_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open") | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="a_closed_session_says_when_and_who",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(shortfall=[]) | ~Q(short_reason=""),
                name="a_short_session_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.key[:8]}"


class SessionEventKind(models.TextChoices):
    CHECKED_IN = "checked_in", _("Checked in")
    SLATE = "slate", _("Slate")
    TALK_STARTED = "talk_started", _("Free conversation started")
    TALK_PAUSED = "talk_paused", _("Free conversation paused")
    TOPIC_STARTED = "topic_started", _("Topic started")
    DIALOGUE_STARTED = "dialogue_started", _("Dialogue started")
    DIALOGUE_DONE = "dialogue_done", _("Dialogue done")
    DIALOGUE_RETAKEN = "dialogue_retaken", _("Dialogue recorded again")
    NOTE = "note", _("Note")
    INCIDENT = "incident", _("Incident")
    BREAK_STARTED = "break_started", _("Break")
    BREAK_ENDED = "break_ended", _("Break ended")
    UNDONE = "undone", _("Taken back")
    COMPLETED = "completed", _("Completed")
    ABANDONED = "abandoned", _("Broken off")


class SessionEvent(AppendOnly):
    """
    One thing that happened, with a client-made id and two clocks. Rule: R-32.

    `payload` depends on the kind: {"number": 7, "opener": "A"}, {"topic": "…"}, {"number": 7, "reason": "noise"},
    {"text": "…"}, {"event": "…"} for the client's id of what is taken back; `recordings/events.py` has them all.
    """

    session = models.ForeignKey(
        RecordingSession, on_delete=models.PROTECT, related_name="events", verbose_name=_("session")
    )
    client_id = models.UUIDField(_("client's id"))
    kind = models.CharField(_("kind"), max_length=20, choices=SessionEventKind.choices)
    payload = models.JSONField(_("details"), default=dict, blank=True)
    operator_at = models.DateTimeField(_("operator's clock"))
    received_at = models.DateTimeField(_("server's clock"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("session event")
        verbose_name_plural = _("session events")
        ordering = ["operator_at", "id"]
        constraints = [models.UniqueConstraint(fields=["session", "client_id"], name="an_event_counts_once")]

    def __str__(self) -> str:
        return self.kind
