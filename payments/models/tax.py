"""What tax was withheld from a payout, and by which rule."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import AppendOnly
from payments.models.payout import Payout


class TaxMode(models.TextChoices):
    LABOUR_61 = "labour_61", _("Labour remuneration, notice 61 of 2018")


class TaxAssessment(AppendOnly):
    """
    The tax of one payout, reckoned over one person's calendar month of payment. Rule: R-40.

    It counts while its payout lives: a failed payout gives its tax back and leaves the month.
    """

    payout = models.OneToOneField(
        Payout, on_delete=models.PROTECT, related_name="tax", verbose_name=_("payout")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    month_on = models.DateField(_("month"), help_text=_("Its first day, in the payer's time zone."))
    mode = models.CharField(_("tax rule"), max_length=16, choices=TaxMode.choices)
    rule_version = models.CharField(_("version of the rule"), max_length=20)
    gross_fen = models.PositiveIntegerField(_("taxed with this payout (fen)"))
    month_gross_fen = models.PositiveBigIntegerField(_("month so far, with this payout (fen)"))
    month_withheld_fen = models.PositiveBigIntegerField(_("withheld this month before (fen)"))
    withheld_fen = models.PositiveIntegerField(_("withheld now (fen)"))

    class Meta:
        verbose_name = _("tax assessment")
        verbose_name_plural = _("tax assessments")
        indexes = [models.Index(fields=["person", "month_on"], name="tax_of_a_month")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withheld_fen__lt=F("gross_fen")), name="tax_takes_less_than_everything"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month_on:%Y-%m} {self.withheld_fen}"
