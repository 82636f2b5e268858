"""What a manager asks a pair: to move a confirmed session, with some free slots that they could take instead."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.booking import Booking
from scheduling.models.slot import Slot


class MoveRequestStatus(models.TextChoices):
    OPEN = "open", _("Asked to move")
    CHOSEN = "chosen", _("Another time chosen")
    KEPT = "kept", _("They keep their time")
    EXPIRED = "expired", _("No answer in time")
    WITHDRAWN = "withdrawn", _("Taken back")


class MoveRequest(models.Model):
    """The pair keeps its session until both want another time, whatever is answered. Rule: R-23."""

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="move_requests", verbose_name=_("booking")
    )
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(
        _("status"), max_length=10, choices=MoveRequestStatus.choices, default=MoveRequestStatus.OPEN
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    chosen = models.ForeignKey(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("booking that was made of it"),
    )

    class Meta:
        verbose_name = _("request to move")
        verbose_name_plural = _("requests to move")
        indexes = [models.Index(fields=["status", "expires_at"], name="move_request_to_expire")]
        constraints = [
            models.UniqueConstraint(
                fields=["booking"], condition=Q(status="open"), name="one_open_request_to_move_a_booking"
            ),
            models.CheckConstraint(
                condition=Q(status="chosen", chosen__isnull=False)
                | (~Q(status="chosen") & Q(chosen__isnull=True)),
                name="a_chosen_time_has_its_booking",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.booking_id} {self.get_status_display()}"


class MoveOption(models.Model):
    """A slot that was free when a pair was asked to move: proposed, not held."""

    request = models.ForeignKey(
        MoveRequest, on_delete=models.CASCADE, related_name="options", verbose_name=_("request to move")
    )
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="+", verbose_name=_("slot"))

    class Meta:
        verbose_name = _("proposed slot")
        verbose_name_plural = _("proposed slots")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "slot"], name="a_slot_is_proposed_once")]

    def __str__(self) -> str:
        return str(self.slot)


class MoveRequestEvent(StatusEvent):
    """A change of a request to move."""

    request = models.ForeignKey(
        MoveRequest, on_delete=models.PROTECT, related_name="events", verbose_name=_("request to move")
    )
    old = models.CharField(_("before"), max_length=14, choices=MoveRequestStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=MoveRequestStatus.choices)

    class Meta:
        verbose_name = _("event of a request to move")
        verbose_name_plural = _("events of requests to move")
