"""Weekly templates and the slots made from them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from scheduling.models.project import Project
from scheduling.models.release import Release
from scheduling.models.studio import Booth


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class SlotTemplate(models.Model):
    """A slot that comes again every week in one booth, in the city's local time. Rule: R-18."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="templates", verbose_name=_("project")
    )
    booth = models.ForeignKey(
        Booth, on_delete=models.PROTECT, related_name="templates", verbose_name=_("booth")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts_time = models.TimeField(_("starts at"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("weekly template")
        verbose_name_plural = _("weekly templates")
        constraints = [
            models.UniqueConstraint(
                fields=["booth", "weekday", "starts_time", "valid_from"],
                name="one_template_per_booth_and_time",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="template_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="template_weekday_exists"),
            models.CheckConstraint(
                condition=Q(starts_time__minute__in=[0, 30], starts_time__second=0),
                name="template_lies_on_the_half_hour_grid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booth} {self.get_weekday_display()} {self.starts_time:%H:%M}"


class ExceptionKind(models.TextChoices):
    LEFT_OUT = "left_out", _("Left out")
    ONE_OFF = "one_off", _("One-off time")


class TemplateException(models.Model):
    """One day on which a weekly template makes no slot, or makes one at another time. Rule: R-18."""

    template = models.ForeignKey(
        SlotTemplate,
        on_delete=models.CASCADE,
        related_name="exceptions",
        verbose_name=_("weekly template"),
    )
    on = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=10, choices=ExceptionKind.choices)
    starts_time = models.TimeField(_("starts at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ["on", "starts_time", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "on"],
                condition=Q(kind="left_out"),
                name="a_day_is_left_out_once",
            ),
            models.UniqueConstraint(
                fields=["template", "on", "starts_time"],
                condition=Q(kind="one_off"),
                name="a_one_off_time_is_named_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="left_out", starts_time=None)
                | Q(kind="one_off", starts_time__minute__in=[0, 30], starts_time__second=0),
                name="a_one_off_time_lies_on_the_half_hour_grid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.on} {self.get_kind_display()}"


class SlotStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Slot(models.Model):
    """Three hours in one booth, bookable by one pair. Rule: R-18."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="slots", verbose_name=_("project")
    )
    booth = models.ForeignKey(Booth, on_delete=models.PROTECT, related_name="slots", verbose_name=_("booth"))
    template = models.ForeignKey(
        SlotTemplate,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="slots",
        verbose_name=_("weekly template"),
    )
    release = models.ForeignKey(
        Release,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="slots",
        verbose_name=_("release moment"),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    status = models.CharField(_("status"), max_length=10, choices=SlotStatus.choices, default=SlotStatus.OPEN)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["project", "status", "starts_at"], name="slot_search"),
            models.Index(fields=["starts_at"], name="slot_by_start"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["booth", "starts_at"], name="one_slot_per_booth_and_start"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(
                    starts_at__minute__in=[0, 30],
                    starts_at__second=0,
                    ends_at__minute__in=[0, 30],
                    ends_at__second=0,
                ),
                name="slot_lies_on_the_half_hour_grid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id} {timezone.localtime(self.starts_at):%Y-%m-%d %H:%M}"


class SlotEvent(StatusEvent):
    """A change of a slot's status."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="events", verbose_name=_("slot"))
    old = models.CharField(_("before"), max_length=14, choices=SlotStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=14, choices=SlotStatus.choices)

    class Meta:
        verbose_name = _("slot event")
        verbose_name_plural = _("slot events")
