"""The rota: which staff accompany which slot."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.slot import Slot
from scheduling.models.studio import Studio


class StudioStaff(models.Model):
    """A member of staff who works in a studio: the people a rota can name."""

    studio = models.ForeignKey(
        Studio, on_delete=models.CASCADE, related_name="staff", verbose_name=_("studio")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="studios", verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("studio staff")
        verbose_name_plural = _("studio staff")
        constraints = [
            models.UniqueConstraint(fields=["studio", "person"], name="a_person_works_once_in_a_studio")
        ]

    def __str__(self) -> str:
        return f"{self.person} @ {self.studio}"


class ShiftStatus(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Shift(models.Model):
    """One member of staff on one slot. An assigned shift occupies the person's ticks. Rules: R-19, R-20."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("slot"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts", verbose_name=_("person")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=ShiftStatus.choices, default=ShiftStatus.ASSIGNED
    )

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "person"],
                condition=Q(status="assigned"),
                name="a_person_is_once_on_a_slots_rota",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.slot}"


class ShiftEvent(StatusEvent):
    """A change of a shift: assigned, withdrawn, with the reason."""

    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, related_name="events", verbose_name=_("shift"))
    old = models.CharField(_("before"), max_length=14, choices=ShiftStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=ShiftStatus.choices)

    class Meta:
        verbose_name = _("shift event")
        verbose_name_plural = _("shift events")
