"""Slots whose rota is short, and what the managers were told of it. Rule: R-19."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.slot import Slot
from scheduling.models.staff import Shift


class EscalationStatus(models.TextChoices):
    OPEN = "open", _("Staff missing")
    RESOLVED = "resolved", _("Staffed again")
    LAPSED = "lapsed", _("Not needed any more")


class Escalation(models.Model):
    """
    A slot that lost somebody, or is booked with too few: the managers are told at once, and again.

    `told_hours` is the last of the project's `escalation_hours` at which they were told again.
    """

    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, related_name="escalations", verbose_name=_("slot")
    )
    fell_out = models.ForeignKey(
        Shift,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="escalations",
        verbose_name=_("shift that fell out"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=EscalationStatus.choices, default=EscalationStatus.OPEN
    )
    opened_at = models.DateTimeField(_("opened at"))
    told_hours = models.PositiveSmallIntegerField(_("told again (hours before)"), null=True, blank=True)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        indexes = [models.Index(fields=["status", "slot"], name="escalation_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(status="open"), name="one_open_escalation_per_slot"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()}"


class EscalationEvent(StatusEvent):
    """An escalation was opened, told again, or settled."""

    escalation = models.ForeignKey(
        Escalation, on_delete=models.PROTECT, related_name="events", verbose_name=_("escalation")
    )
    old = models.CharField(_("before"), max_length=14, choices=EscalationStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=EscalationStatus.choices)

    class Meta:
        verbose_name = _("escalation event")
        verbose_name_plural = _("escalation events")
