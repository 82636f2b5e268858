"""Which kinds of pairs a project still looks for."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.project import Project


class SexPairing(models.TextChoices):
    ANY = "any", _("Any")
    WOMEN = "women", _("Two women")
    MEN = "men", _("Two men")
    MIXED = "mixed", _("A woman and a man")


class ProjectQuota(models.Model):
    """
    So many pairs of one kind a project wants; both people are of the dialect and the age band.

    A preference for whom the system proposes to whom, never a refusal.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="quotas", verbose_name=_("project")
    )
    sexes = models.CharField(_("sexes"), max_length=8, choices=SexPairing.choices, default=SexPairing.ANY)
    dialect = models.CharField(
        _("dialect"),
        max_length=60,
        blank=True,
        help_text=_("As people write it in their profile; empty: any."),
    )
    min_age_years = models.PositiveSmallIntegerField(
        _("youngest (years)"), default=18, validators=[MinValueValidator(18)]
    )
    max_age_years = models.PositiveSmallIntegerField(_("oldest (years)"), default=99)
    wanted_pairs = models.PositiveSmallIntegerField(_("pairs wanted"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("project quota")
        verbose_name_plural = _("project quotas")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sexes", "dialect", "min_age_years", "max_age_years"],
                name="one_quota_per_kind_of_pair",
            ),
            models.CheckConstraint(
                condition=Q(min_age_years__lte=F("max_age_years")), name="quota_youngest_is_not_over_oldest"
            ),
            models.CheckConstraint(condition=Q(wanted_pairs__gte=1), name="a_quota_wants_a_pair"),
        ]

    def __str__(self) -> str:
        ages = f"{self.min_age_years}–{self.max_age_years}"
        return " · ".join(filter(None, [str(self.get_sexes_display()), self.dialect, ages]))
