"""The partner board: who looks for a partner, when they could come, and what they like to talk about."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.project import Project
from scheduling.models.studio import City


class DayPart(models.TextChoices):
    """The part of the city's day in which a slot begins. Rule: R-18."""

    MORNING = "1_morning", _("Morning")
    AFTERNOON = "2_afternoon", _("Afternoon")
    EVENING = "3_evening", _("Evening")


class BoardStatus(models.TextChoices):
    OPEN = "open", _("On the board")
    PAIRED = "paired", _("Partner found")
    WITHDRAWN = "withdrawn", _("Taken off")
    EXPIRED = "expired", _("Expired")
    HIDDEN = "hidden", _("Hidden by staff")


class BoardEntry(models.Model):
    """What one person who looks for a partner tells the others. No name, no number. Rule: R-16."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="board_entries", verbose_name=_("project")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="board_entries",
        verbose_name=_("person"),
    )
    city = models.ForeignKey(
        City, on_delete=models.PROTECT, related_name="board_entries", verbose_name=_("city")
    )
    about = models.CharField(_("a few words about you"), max_length=200)
    topics = models.CharField(_("what you like to talk about"), max_length=120)
    status = models.CharField(
        _("status"), max_length=10, choices=BoardStatus.choices, default=BoardStatus.OPEN
    )
    # Kept when somebody rewrites what stands on the board: they do not begin to wait anew.
    waits_from = models.DateTimeField(_("looks for a partner since"))
    published_at = models.DateTimeField(_("published at"))
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        verbose_name = _("board entry")
        verbose_name_plural = _("board entries")
        indexes = [
            models.Index(fields=["project", "city", "status", "waits_from"], name="board_search"),
            models.Index(fields=["project", "status", "waits_from"], name="board_of_all_cities"),
            models.Index(fields=["status", "expires_at"], name="board_overdue"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                condition=Q(status="open"),
                name="a_person_is_on_the_board_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("published_at")), name="board_entry_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_status_display()}"


class Availability(models.Model):
    """One part of a day on which somebody on the board could come. The day is the city's."""

    entry = models.ForeignKey(
        BoardEntry, on_delete=models.CASCADE, related_name="availabilities", verbose_name=_("board entry")
    )
    on = models.DateField(_("day"))
    part = models.CharField(_("part of the day"), max_length=12, choices=DayPart.choices)

    class Meta:
        verbose_name = _("availability")
        verbose_name_plural = _("availabilities")
        ordering = ["on", "part"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "on", "part"], name="a_part_of_a_day_is_named_once"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_part_display()}"


class BoardEvent(StatusEvent):
    """A change of a board entry's status."""

    entry = models.ForeignKey(
        BoardEntry, on_delete=models.PROTECT, related_name="events", verbose_name=_("board entry")
    )
    old = models.CharField(_("before"), max_length=14, choices=BoardStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=BoardStatus.choices)

    class Meta:
        verbose_name = _("board event")
        verbose_name_plural = _("board events")
