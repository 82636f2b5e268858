"""Shifts that staff hand on among themselves."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.staff import Shift


class SwapStatus(models.TextChoices):
    OPEN = "open", _("Waits for an answer")
    AGREED = "agreed", _("Agreed, waits for a manager")
    DONE = "done", _("Handed on")
    DECLINED = "declined", _("Colleague said no")
    WITHDRAWN = "withdrawn", _("Request taken back")
    REFUSED = "refused", _("Manager said no")
    EXPIRED = "expired", _("No answer in time")
    LAPSED = "lapsed", _("Shift changed meanwhile")


# These still wait for somebody.
PENDING_SWAPS = ["open", "agreed"]


class SwapQuerySet(models.QuerySet["SwapRequest"]):
    def pending(self) -> "SwapQuerySet":
        """Return the requests that wait for a colleague or a manager."""
        return self.filter(status__in=PENDING_SWAPS)

    def overdue(self, *, now: datetime) -> "SwapQuerySet":
        """Return the requests whose time is over, though nobody has expired them yet."""
        return self.pending().filter(expires_at__lte=now)


class SwapRequest(models.Model):
    """
    One member of staff asks a colleague, or anybody who can, to take over a shift. Rule: R-19.

    With `wanted`, a shift of the colleague's, it is an exchange of the two.
    """

    shift = models.ForeignKey(
        Shift, on_delete=models.PROTECT, related_name="swap_requests", verbose_name=_("shift")
    )
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_made", verbose_name=_("asker")
    )
    asked = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="swaps_received",
        verbose_name=_("asked"),
        help_text=_("Empty: anybody who can."),
    )
    wanted = models.ForeignKey(
        Shift,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="swaps_for_it",
        verbose_name=_("shift in return"),
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="swaps_taken",
        verbose_name=_("taken by"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=SwapStatus.choices, default=SwapStatus.OPEN)
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))

    objects = SwapQuerySet.as_manager()

    class Meta:
        verbose_name = _("swap request")
        verbose_name_plural = _("swap requests")
        indexes = [models.Index(fields=["status", "expires_at"], name="swap_overdue")]
        constraints = [
            models.UniqueConstraint(
                fields=["shift"], condition=Q(status__in=PENDING_SWAPS), name="one_open_request_per_shift"
            ),
            models.CheckConstraint(
                condition=Q(asked=None) | ~Q(asked=F("asker")), name="nobody_asks_themselves"
            ),
            models.CheckConstraint(
                condition=Q(wanted=None) | Q(asked__isnull=False), name="an_exchange_asks_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["agreed", "done"]) | Q(taker__isnull=False),
                name="a_swap_that_is_agreed_has_its_taker",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="a_request_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()}"


class SwapEvent(StatusEvent):
    """A change of a request's status."""

    swap = models.ForeignKey(
        SwapRequest, on_delete=models.PROTECT, related_name="events", verbose_name=_("swap request")
    )
    old = models.CharField(_("before"), max_length=14, choices=SwapStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=SwapStatus.choices)

    class Meta:
        verbose_name = _("swap event")
        verbose_name_plural = _("swap events")
