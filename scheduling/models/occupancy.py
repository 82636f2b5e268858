"""Who and what is taken when: the rows that make a double booking impossible."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.booking import Booking
from scheduling.models.seat import OpenSeat
from scheduling.models.staff import Shift


class OccupancyKind(models.TextChoices):
    BOOTH = "booth", _("Booth")
    PERSON = "person", _("Person")


class Occupancy(models.Model):
    """
    One half hour of one booth or one person, taken by one booking, one open seat or one shift.

    `tick` counts half hours since 1970-01-01T00:00Z. The one UNIQUE over
    (kind, resource, tick) refuses a double-booked booth, participant or member
    of staff on every database. Participants and staff are both people and share
    one key space, so nobody accompanies and speaks at once. Rule: R-20.
    """

    kind = models.CharField(_("kind"), max_length=6, choices=OccupancyKind.choices)
    resource_id = models.BigIntegerField(_("booth or person"))
    tick = models.IntegerField(_("half hour"))
    booking = models.ForeignKey(
        Booking,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="occupancy",
        verbose_name=_("booking"),
    )
    shift = models.ForeignKey(
        Shift,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="occupancy",
        verbose_name=_("shift"),
    )

    seat = models.ForeignKey(
        OpenSeat,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="occupancy",
        verbose_name=_("open seat"),
    )

    class Meta:
        verbose_name = _("occupancy")
        verbose_name_plural = _("occupancy")
        constraints = [
            models.UniqueConstraint(fields=["kind", "resource_id", "tick"], name="nothing_is_taken_twice"),
            models.CheckConstraint(
                condition=Q(booking__isnull=False, shift__isnull=True, seat__isnull=True)
                | Q(booking__isnull=True, shift__isnull=False, seat__isnull=True)
                | Q(booking__isnull=True, shift__isnull=True, seat__isnull=False),
                name="occupancy_belongs_to_one_claim",
            ),
            models.CheckConstraint(
                condition=Q(kind="person") | Q(shift__isnull=True), name="a_shift_takes_no_booth"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.resource_id} {self.tick}"
