"""When the staff can work: what each of them says, and within which limits a rota may name them."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from scheduling.models.board import DayPart
from scheduling.models.slot import Weekday
from scheduling.models.studio import Studio


class StaffTerms(models.Model):
    """
    How much one member of staff works. A limit that is empty is the studio's.

    `told_at` is when they first said when they can work: until then nobody knows. A
    rota that changes locks this row, after the slots: what counts a person's shifts
    waits for what gives them another.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="terms", verbose_name=_("person")
    )
    wished_hours = models.PositiveSmallIntegerField(
        _("hours a week that they wish"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    max_shifts_per_day = models.PositiveSmallIntegerField(_("shifts a day at most"), null=True, blank=True)
    max_shifts_per_week = models.PositiveSmallIntegerField(_("shifts a week at most"), null=True, blank=True)
    told_at = models.DateTimeField(_("said when they can work at"), null=True, blank=True)

    class Meta:
        verbose_name = _("terms of a member of staff")
        verbose_name_plural = _("terms of the staff")
        constraints = [
            models.CheckConstraint(condition=Q(wished_hours__gte=1), name="staff_wish_for_some_hours")
        ]

    def __str__(self) -> str:
        return f"{self.person}"


class WorkingTime(models.Model):
    """A part of a weekday, in a studio's own time, on which somebody can work every week."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="working_times",
        verbose_name=_("person"),
    )
    studio = models.ForeignKey(Studio, on_delete=models.CASCADE, related_name="+", verbose_name=_("studio"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    part = models.CharField(_("part of the day"), max_length=12, choices=DayPart.choices)

    class Meta:
        verbose_name = _("working time")
        verbose_name_plural = _("working times")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "studio", "weekday", "part"], name="a_working_time_is_said_once"
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_weekday_exists"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_weekday_display()} {self.get_part_display()}"


class DayKind(models.TextChoices):
    AWAY = "away", _("Cannot come")
    EXTRA = "extra", _("Can come besides")


class DayException(models.Model):
    """Days that differ from the week: away, or there besides. What was said last holds."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="day_exceptions",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=6, choices=DayKind.choices)
    from_on = models.DateField(_("first day"))
    to_on = models.DateField(_("last day"))
    part = models.CharField(
        _("part of the day"),
        max_length=12,
        choices=DayPart.choices,
        blank=True,
        help_text=_("Empty: the whole day."),
    )
    note = models.CharField(_("note"), max_length=100, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("exceptional day")
        verbose_name_plural = _("exceptional days")
        indexes = [models.Index(fields=["person", "to_on"], name="coming_exceptions")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="exception_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()} {self.from_on}"


class AvailabilityChange(models.TextChoices):
    WEEK = "week", _("Weekly times")
    LIMITS = "limits", _("Limits")
    ADDED = "added", _("Exception added")
    REMOVED = "removed", _("Exception taken back")


class AvailabilityEvent(AppendOnly):
    """Somebody changed when a person can work: what it was, what it is, and who said so."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="availability_events",
        verbose_name=_("person"),
    )
    what = models.CharField(_("what"), max_length=8, choices=AvailabilityChange.choices)
    old = models.JSONField(_("before"), default=dict, blank=True)
    new = models.JSONField(_("after"), default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("availability event")
        verbose_name_plural = _("availability events")

    def __str__(self) -> str:
        return f"{self.person} {self.get_what_display()}"
