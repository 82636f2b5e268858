"""Where recordings happen."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class City(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60, unique=True)
    slug = models.SlugField(_("short name"), unique=True)
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["id"]

    def __str__(self) -> str:
        """Return the name in the reader's language."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name


class Studio(models.Model):
    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="studios", verbose_name=_("city"))
    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(_("address"), max_length=200)
    directions = models.TextField(_("how to find it"), blank=True)
    map_url = models.URLField(_("map link"), blank=True)
    is_open = models.BooleanField(_("open"), default=True)
    max_shifts_per_day = models.PositiveSmallIntegerField(
        _("shifts a day and person, at most"), default=2, validators=[MinValueValidator(1)]
    )
    max_shifts_per_week = models.PositiveSmallIntegerField(
        _("shifts a week and person, at most"), default=10, validators=[MinValueValidator(1)]
    )
    shift_pause_minutes = models.PositiveSmallIntegerField(
        _("between two shifts of a person (min)"), default=30
    )
    travel_minutes = models.PositiveSmallIntegerField(
        _("way to another studio of the city (min)"), default=60
    )
    swaps_need_approval = models.BooleanField(_("swaps among the staff need a manager's yes"), default=False)

    class Meta:
        verbose_name = _("studio")
        verbose_name_plural = _("studios")
        constraints = [
            models.UniqueConstraint(fields=["city", "name"], name="one_studio_name_per_city"),
            models.CheckConstraint(
                condition=Q(max_shifts_per_day__gte=1, max_shifts_per_week__gte=1),
                name="a_studio_allows_a_shift",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Booth(models.Model):
    studio = models.ForeignKey(
        Studio, on_delete=models.PROTECT, related_name="booths", verbose_name=_("studio")
    )
    name = models.CharField(_("name"), max_length=40)
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        verbose_name = _("booth")
        verbose_name_plural = _("booths")
        constraints = [models.UniqueConstraint(fields=["studio", "name"], name="one_booth_name_per_studio")]

    def __str__(self) -> str:
        return f"{self.studio.name} {self.name}"
