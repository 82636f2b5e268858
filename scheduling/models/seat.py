"""Open seats: somebody took a slot alone and waits for a partner to join. Rule: R-46."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.booking import Booking
from scheduling.models.project import Project
from scheduling.models.slot import Slot


class SeatStatus(models.TextChoices):
    OPEN = "open", _("Partner wanted")
    JOINED = "joined", _("Somebody joined")
    WITHDRAWN = "withdrawn", _("Given back")
    RELEASED = "released", _("Nobody joined")


class SeatQuerySet(models.QuerySet["OpenSeat"]):
    def standing(self) -> "SeatQuerySet":
        """Return the seats that keep their slot: open ones, until somebody has moved them on."""
        return self.filter(status=SeatStatus.OPEN)


class OpenSeat(models.Model):
    """
    One person who has a slot alone until `expires_at`; who joins makes a pair and a confirmed booking of it.

    A released seat stays as the fact by which its person stands first in the slot's line. Rule: R-46.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="seats", verbose_name=_("project")
    )
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="seats", verbose_name=_("slot"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="seats", verbose_name=_("person")
    )
    status = models.CharField(_("status"), max_length=10, choices=SeatStatus.choices, default=SeatStatus.OPEN)
    taken_at = models.DateTimeField(_("taken at"))
    expires_at = models.DateTimeField(_("expires at"))
    booking = models.OneToOneField(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="seat",
        verbose_name=_("booking"),
    )

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("open seat")
        verbose_name_plural = _("open seats")
        indexes = [models.Index(fields=["project", "status", "expires_at"], name="seat_search")]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(status="open"), name="one_open_seat_per_slot"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="open"), name="a_person_has_one_open_seat"
            ),
            models.CheckConstraint(
                condition=Q(status="joined", booking__isnull=False)
                | (~Q(status="joined") & Q(booking__isnull=True)),
                name="a_joined_seat_is_a_booking",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("taken_at")), name="a_seat_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_status_display()}"


class SeatEvent(StatusEvent):
    """A change of an open seat's status."""

    seat = models.ForeignKey(
        OpenSeat, on_delete=models.PROTECT, related_name="events", verbose_name=_("open seat")
    )
    old = models.CharField(_("before"), max_length=14, choices=SeatStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=SeatStatus.choices)

    class Meta:
        verbose_name = _("seat event")
        verbose_name_plural = _("seat events")
