"""Bookings, their events, and who came."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.pair import Pair
from scheduling.models.project import Project
from scheduling.models.slot import Slot
from scheduling.models.waiting import WaitingEntry


class BookingStatus(models.TextChoices):
    """A hold is a booking in a state, not another table. Rules: R-20, R-21."""

    HELD = "held", _("Held")
    AWAITING_PARTNER = "awaiting", _("Waiting for partner")
    CONFIRMED = "confirmed", _("Confirmed")
    CHECKED_IN = "checked_in", _("Checked in")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Did not take place")


class BookingQuerySet(models.QuerySet["Booking"]):
    def live(self) -> "BookingQuerySet":
        """Return the bookings that occupy their slot, holds included."""
        return self.filter(status__in=LIVE_STATUSES)

    def unfinished(self, *, now: datetime) -> "BookingQuerySet":
        """Return the bookings that somebody still counts on: holds whose time is over are not among them."""
        return self.filter(status__in=UNFINISHED_STATUSES).exclude(
            status__in=["held", "awaiting"], expires_at__lte=now
        )

    def overdue(self, *, now: datetime) -> "BookingQuerySet":
        """Return the holds and open questions whose time is over, though nobody has expired them yet."""
        return self.filter(status__in=PASSING_STATUSES, expires_at__lte=now)

    def standing(self, *, now: datetime) -> "BookingQuerySet":
        """Return the live bookings that are not overdue: those that count."""
        return self.live().exclude(status__in=PASSING_STATUSES, expires_at__lte=now)

    def counted(self, *, now: datetime) -> "BookingQuerySet":
        """Return those that count as sessions; one and the one that may replace it are one. Rules: R-17, R-23."""
        return self.standing(now=now).exclude(status="awaiting", moved_from__status="confirmed")

    def unended(self, *, now: datetime) -> "BookingQuerySet":
        """Return the confirmed bookings whose slot is over: nobody began the session, nobody wrote why."""
        return self.filter(status="confirmed", slot__ends_at__lte=now)

    def open_moves(self) -> "BookingQuerySet":
        """Return the questions whether a confirmed booking, which stands meanwhile, shall move. Rule: R-23."""
        return self.filter(status="awaiting", moved_from__status="confirmed")

    def of(self, person: object) -> "BookingQuerySet":
        """Return the bookings of the pairs that the person belongs to."""
        return self.filter(Q(pair__person_a=person) | Q(pair__person_b=person))


# Completed stays live for its slot: the slot was used and can never be given again.
LIVE_STATUSES = ["held", "awaiting", "confirmed", "checked_in", "completed"]
# These end by themselves when `expires_at` is reached.
PASSING_STATUSES = ["held", "awaiting"]
UNFINISHED_STATUSES = ["held", "awaiting", "confirmed", "checked_in"]


class Booking(models.Model):
    """One slot given to one pair: both people or nobody. Rule: R-20."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("project")
    )
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("slot"))
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("pair"))
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("booked by")
    )
    status = models.CharField(
        _("status"), max_length=12, choices=BookingStatus.choices, default=BookingStatus.HELD
    )
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(
        _("expires at"),
        null=True,
        blank=True,
        help_text=_("End of the hold, or of the partner's time to answer."),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    rate_fen = models.PositiveIntegerField(
        _("pay per person (fen)"), null=True, blank=True, help_text=_("Fixed when the booking is confirmed.")
    )
    moved_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="moved_to",
        verbose_name=_("moved from"),
    )
    reminders_planned_at = models.DateTimeField(_("reminders planned at"), null=True, blank=True)
    waiting_entry = models.ForeignKey(
        WaitingEntry,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="offers",
        verbose_name=_("offered to the waiting list"),
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        indexes = [
            models.Index(fields=["status", "expires_at"], name="booking_to_expire"),
            models.Index(fields=["pair", "status"], name="booking_by_pair"),
            models.Index(
                fields=["slot"],
                condition=Q(status="confirmed", reminders_planned_at=None),
                name="booking_without_reminders",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(status__in=LIVE_STATUSES), name="one_live_booking_per_slot"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "awaiting"]) | Q(expires_at__isnull=False),
                name="a_hold_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "checked_in", "completed"])
                | Q(rate_fen__isnull=False, confirmed_at__isnull=False),
                name="a_confirmed_booking_has_its_rate",
            ),
            models.UniqueConstraint(
                fields=["moved_from"],
                condition=Q(status__in=LIVE_STATUSES),
                name="a_booking_moves_to_one_slot",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()}"

    @property
    def is_offer(self) -> bool:
        """Whether it is an offer of the waiting list that waits for its answer. Rule: R-24."""
        return self.status == BookingStatus.HELD and self.waiting_entry_id is not None

    @property
    def replaces(self) -> "Booking | None":
        """The confirmed booking that this one takes the place of once the partner says yes. Rule: R-23."""
        if self.moved_from is None or self.status != BookingStatus.AWAITING_PARTNER:
            return None
        return self.moved_from if self.moved_from.status == BookingStatus.CONFIRMED else None


class BookingCause(models.TextChoices):
    """Why the rules themselves changed a booking. No form writes it: what people type stands in `reason`."""

    MOVED = "moved", _("moved")
    DECLINED = "declined", _("declined")
    SESSION_CHANGED = "session_changed", _("the session to be moved was changed")
    NO_SHOW = "no_show", _("no-show")
    DRAWN = "drawn", _("drawn")


class BookingEvent(StatusEvent):
    """A change of a booking's status: what later apps read as news."""

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="events", verbose_name=_("booking")
    )
    is_late = models.BooleanField(_("late cancellation"), default=False)
    old = models.CharField(_("before"), max_length=14, choices=BookingStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=BookingStatus.choices)
    cause = models.CharField(_("cause"), max_length=16, choices=BookingCause.choices, blank=True)

    class Meta:
        verbose_name = _("booking event")
        verbose_name_plural = _("booking events")
        indexes = [models.Index(fields=["new", "id"], name="booking_event_news")]

    @property
    def why(self) -> str:
        """The cause in the reader's language, and what somebody typed, as they did."""
        return " · ".join(filter(None, [self.get_cause_display(), self.reason]))


class AttendanceOutcome(models.TextChoices):
    """How somebody ended at the door. Rule: R-26."""

    ATTENDED = "attended", _("Attended")
    LATE = "late", _("Late")
    NO_SHOW = "no_show", _("No-show")
    TURNED_AWAY = "turned_away", _("Turned away")


class Attendance(models.Model):
    """One person at one booking. Counts are computed from these rows. Rule: R-26."""

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="attendances", verbose_name=_("booking")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="attendances",
        verbose_name=_("person"),
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=AttendanceOutcome.choices)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        indexes = [
            models.Index(fields=["person", "outcome"], name="attendance_counts"),
            models.Index(fields=["person"], condition=Q(outcome="no_show"), name="attendance_missed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["booking", "person"], name="one_outcome_per_person_and_booking")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.outcome}"


class AttendanceEvent(StatusEvent):
    """An outcome written or corrected."""

    attendance = models.ForeignKey(
        Attendance, on_delete=models.PROTECT, related_name="events", verbose_name=_("attendance")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    old = models.CharField(_("before"), max_length=14, choices=AttendanceOutcome.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=AttendanceOutcome.choices)

    class Meta:
        verbose_name = _("attendance event")
        verbose_name_plural = _("attendance events")
