"""A message to one person: written by a rule, delivered by the outbox, kept with all that became of it."""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from accounts.fields import EncryptedTextField


class Channel(models.TextChoices):
    SMS = "sms", _("SMS")
    EMAIL = "email", _("E-mail")


class MessageStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Message sent")
    FAILED = "failed", _("Sending failed")
    DROPPED = "dropped", _("Checked, not sent")
    UNKNOWN = "unknown", _("Unknown whether sent")


class Message(models.Model):
    """
    One piece of news for one person on one channel.

    `key` names the news: the same news is written once. `reference` is our number of
    the latest attempt, stored before the provider is called; `provider_id` is theirs.
    The quiet hours are those of the project that the news is about; without them the
    message may go at any time, as one that the person asked for this very moment. Rule: R-25.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages", verbose_name=_("person")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    template = models.CharField(_("template"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    sealed_params = EncryptedTextField(_("parameters"), default="{}", editable=False)
    key = models.CharField(_("key"), max_length=100, unique=True)
    status = models.CharField(
        _("status"), max_length=14, choices=MessageStatus.choices, default=MessageStatus.WAITING
    )
    written_at = models.DateTimeField(_("written at"))
    not_before = models.DateTimeField(_("not before"))
    expires_at = models.DateTimeField(_("expires at"))
    quiet_from_hour = models.PositiveSmallIntegerField(_("quiet from (hour)"), null=True, blank=True)
    quiet_to_hour = models.PositiveSmallIntegerField(_("quiet until (hour)"), null=True, blank=True)
    quiet_zone = models.CharField(_("quiet hours are of the time zone"), max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(_("last attempt at"), null=True, blank=True)
    reference = models.CharField(_("our reference"), max_length=32, blank=True)
    provider_id = models.CharField(_("the provider's number"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index(fields=["status", "not_before"], name="message_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], condition=~Q(reference=""), name="one_message_per_reference"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "sent", "unknown"]) | ~Q(reference=""),
                name="a_message_that_left_has_a_reference",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from_hour=None, quiet_to_hour=None)
                | Q(quiet_from_hour__isnull=False, quiet_to_hour__isnull=False),
                name="quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.get_channel_display()} · {self.get_status_display()}"

    @property
    def params(self) -> dict[str, str]:
        """What the template is filled with."""
        return json.loads(self.sealed_params)


class MessageEvent(StatusEvent):
    """
    A change of a message's status.

    What a machine writes as the reason is marked for translation, and `reason_params` fills
    its places; what a human writes stands as it is.
    """

    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, related_name="events", verbose_name=_("message")
    )
    reason_params = models.JSONField(_("what fills the reason"), null=True, blank=True)
    old = models.CharField(_("before"), max_length=14, choices=MessageStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=MessageStatus.choices)

    class Meta:
        verbose_name = _("message event")
        verbose_name_plural = _("message events")

    @property
    def told_reason(self) -> str:
        """The reason in the language that is active."""
        if self.by_id or not self.reason:
            return self.reason
        words = gettext(self.reason)
        return words % self.reason_params if self.reason_params else words
