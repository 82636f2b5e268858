"""The waiting lists of full slots. Rule: R-24."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.pair import Pair
from scheduling.models.project import Project
from scheduling.models.slot import Slot


class WaitingStatus(models.TextChoices):
    WAITING = "waiting", _("In line")
    OFFERED = "offered", _("Offered")
    TAKEN = "taken", _("Taken")
    REFUSED = "refused", _("Said no")
    MISSED = "missed", _("Not answered in time")
    LEFT = "left", _("Left the list")
    REMOVED = "removed", _("Removed by staff")
    LAPSED = "lapsed", _("No slot came free")


# These are on the list still.
IN_LINE = ["waiting", "offered"]


class WaitingQuerySet(models.QuerySet["WaitingEntry"]):
    def waiting(self) -> "WaitingQuerySet":
        """Return the entries that wait for an offer."""
        return self.filter(status=WaitingStatus.WAITING)

    def in_line(self) -> "WaitingQuerySet":
        """Return the entries that wait, and those that have an offer to answer."""
        return self.filter(status__in=IN_LINE)

    def of(self, person: object) -> "WaitingQuerySet":
        """Return the entries of the pairs that the person belongs to."""
        return self.filter(Q(pair__person_a=person) | Q(pair__person_b=person))


class WaitingEntry(models.Model):
    """
    One pair that waits for one slot. An offer is a booking that is held, with `waiting_entry` set.

    The place is not kept: it is computed, first choice first, then in the order of coming. Rule: R-24.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="waiting_entries", verbose_name=_("project")
    )
    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, related_name="waiting_entries", verbose_name=_("slot")
    )
    pair = models.ForeignKey(
        Pair, on_delete=models.PROTECT, related_name="waiting_entries", verbose_name=_("pair")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    status = models.CharField(
        _("status"), max_length=10, choices=WaitingStatus.choices, default=WaitingStatus.WAITING
    )

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiting entry")
        verbose_name_plural = _("waiting entries")
        indexes = [
            models.Index(fields=["slot", "status"], name="waiting_line"),
            models.Index(fields=["pair", "status"], name="waiting_by_pair"),
            models.Index(fields=["status", "slot"], name="waiting_sweep"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "pair"],
                condition=Q(status__in=IN_LINE),
                name="a_pair_waits_once_for_a_slot",
            ),
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(status="offered"),
                name="a_slot_is_offered_to_one_pair_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()}"


class WaitingEvent(StatusEvent):
    """A change of a waiting entry's status."""

    entry = models.ForeignKey(
        WaitingEntry, on_delete=models.PROTECT, related_name="events", verbose_name=_("waiting entry")
    )
    old = models.CharField(_("before"), max_length=14, choices=WaitingStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=WaitingStatus.choices)

    class Meta:
        verbose_name = _("waiting event")
        verbose_name_plural = _("waiting events")
