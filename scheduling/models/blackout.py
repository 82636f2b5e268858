"""Days on which no slots are made: blackouts of places, and what a manager knows of public holidays."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from scheduling.models.studio import Booth, City, Studio


class BlackoutQuerySet(models.QuerySet["Blackout"]):
    def standing(self) -> "BlackoutQuerySet":
        """Return the blackouts that nobody has lifted."""
        return self.filter(lifted_at=None)

    def meeting(self, from_on: date, to_on: date) -> "BlackoutQuerySet":
        """Return those that have a day in common with the days given, both included."""
        return self.filter(from_on__lte=to_on, to_on__gte=from_on)


class Blackout(models.Model):
    """
    Days, both included, on which a booth, a studio, a city or (none of them) the whole house makes no slots.

    Days are the city's own. Lifting keeps the row: it says why slots were closed. Rule: R-18.
    """

    city = models.ForeignKey(
        City,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="blackouts",
        verbose_name=_("city"),
    )
    studio = models.ForeignKey(
        Studio,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="blackouts",
        verbose_name=_("studio"),
    )
    booth = models.ForeignKey(
        Booth,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="blackouts",
        verbose_name=_("booth"),
    )
    from_on = models.DateField(_("first day"))
    to_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    objects = BlackoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("blackout")
        verbose_name_plural = _("blackouts")
        indexes = [models.Index(fields=["to_on"], condition=Q(lifted_at=None), name="blackout_standing")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")), name="blackout_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(city=None, studio=None) | Q(city=None, booth=None) | Q(studio=None, booth=None),
                name="blackout_names_one_place_at_most",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="a_blackout_is_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on} – {self.to_on} {self.reason}"

    @property
    def place(self) -> City | Studio | Booth | None:
        """Where it holds; None is everywhere."""
        return self.booth or self.studio or self.city

    def covers(self, booth: Booth, *, on: date) -> bool:
        """Return whether it holds in the booth on the day; `booth.studio` should be fetched already."""
        if not self.from_on <= on <= self.to_on:
            return False
        if self.booth_id:
            return self.booth_id == booth.pk
        if self.studio_id:
            return self.studio_id == booth.studio_id
        return self.city_id in (None, booth.studio.city_id)


class PublicDayKind(models.TextChoices):
    HOLIDAY = "holiday", _("Public holiday")
    WORKDAY = "workday", _("Make-up working day")
    ORDINARY = "ordinary", _("An ordinary day")


class PublicDay(models.Model):
    """What a day is in mainland China, where the house knows better than the package of public holidays."""

    on = models.DateField(_("day"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=PublicDayKind.choices)
    name = models.CharField(_("name"), max_length=60, blank=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("public day")
        verbose_name_plural = _("public days")
        ordering = ["on"]

    def __str__(self) -> str:
        """Return the name in the reader's language, or what kind of day it is."""
        name = self.name_zh if (get_language() or "").startswith("zh") else self.name
        return name or str(PublicDayKind(self.kind).label)
