"""Reminders of confirmed bookings, and which news of a booking was told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.append_only import AppendOnly, StatusEvent
from accounts.models import Channel, Message
from scheduling.models.booking import Booking, BookingEvent


class ReminderStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("reminder", "Planned")
    POSTED = "posted", _("In the outbox")
    SENT = "sent", _("Reminder sent")
    FAILED = "failed", _("Sending failed")
    DROPPED = "dropped", _("Checked, not sent")


class Reminder(models.Model):
    """
    One reminder of one booking for one person on one channel, planned when the booking is confirmed.

    `hours_before` is its kind: so many hours before the start, from the project's figures.
    From `due_at` on it is looked at; the message that it became tells how it went. Rule: R-25.
    """

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("booking")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminders", verbose_name=_("person")
    )
    hours_before = models.PositiveSmallIntegerField(_("hours before the start"))
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=ReminderStatus.choices, default=ReminderStatus.WAITING
    )
    planned_at = models.DateTimeField(_("planned at"))
    due_at = models.DateTimeField(_("due at"))
    expires_at = models.DateTimeField(_("expires at"))
    message = models.OneToOneField(
        Message,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminder",
        verbose_name=_("message"),
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        indexes = [
            models.Index(fields=["status", "due_at"], name="reminder_due"),
            models.Index(fields=["due_at"], name="reminder_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "person", "hours_before", "channel"],
                name="one_reminder_per_booking_person_kind_and_channel",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["posted", "sent", "failed"]) | Q(message__isnull=False),
                name="a_reminder_that_left_has_its_message",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.booking_id} -{self.hours_before} h ({self.get_channel_display()}) {self.get_status_display()}"


class ReminderEvent(StatusEvent):
    """A change of a reminder's status."""

    reminder = models.ForeignKey(
        Reminder, on_delete=models.PROTECT, related_name="events", verbose_name=_("reminder")
    )
    old = models.CharField(_("before"), max_length=14, choices=ReminderStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=ReminderStatus.choices)

    class Meta:
        verbose_name = _("reminder event")
        verbose_name_plural = _("reminder events")


class BookingNews(AppendOnly):
    """The mark that a booking's event was told, or needed no telling: each once."""

    event = models.OneToOneField(
        BookingEvent, on_delete=models.PROTECT, related_name="news", verbose_name=_("booking event")
    )
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("booking news")
        verbose_name_plural = _("booking news")

    def __str__(self) -> str:
        return f"{self.event_id}"
