"""A deduction that one proposes and another decides."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.append_only import StatusEvent
from payments.models.payment import Payment


class DeductionStatus(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")


class DeductionReason(models.TextChoices):
    NOISE = "noise", _("Noise in the recording")
    UNCLEAR = "unclear", _("Unclear or swallowed words")
    WRONG_PROMPTS = "wrong_prompts", _("Wrong prompt words")
    MONOLOGUE = "monologue", _("Long monologue")
    UNBALANCED = "unbalanced", _("One spoke far more than the other")
    FILLER = "filler", _("Filler without content")
    LATE = "late", _("Came late")
    INCOMPLETE = "incomplete", _("Session incomplete")
    OTHER = "other", _("Other")


class Deduction(models.Model):
    """Less pay for poor quality, with evidence and words for the participant. Rule: R-38."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="deductions", verbose_name=_("payment")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=DeductionStatus.choices, default=DeductionStatus.PROPOSED
    )
    reason = models.CharField(_("reason"), max_length=16, choices=DeductionReason.choices)
    amount_fen = models.PositiveIntegerField(_("amount (fen)"))
    evidence_take = models.CharField(
        _("take"), max_length=12, blank=True, help_text=_("Such as 17/2: dialogue 17, take 2.")
    )
    evidence_from_s = models.PositiveIntegerField(_("from (s)"), null=True, blank=True)
    evidence_to_s = models.PositiveIntegerField(_("to (s)"), null=True, blank=True)
    words = models.CharField(_("words for the participant"), max_length=500)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.CharField(_("note on the decision"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("deduction")
        verbose_name_plural = _("deductions")
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_deduction_takes_something"),
            models.CheckConstraint(
                condition=Q(status="proposed") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="a_decided_deduction_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="who_proposes_a_deduction_does_not_decide_it",
            ),
            models.CheckConstraint(
                condition=~Q(evidence_take="")
                | Q(
                    evidence_from_s__isnull=False,
                    evidence_to_s__isnull=False,
                    evidence_to_s__gt=F("evidence_from_s"),
                ),
                name="a_deduction_has_evidence",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="a_deduction_has_words_for_the_participant"),
        ]

    def __str__(self) -> str:
        return f"deduction {self.pk}"


class DeductionEvent(StatusEvent):
    """A change of a deduction's status."""

    deduction = models.ForeignKey(
        Deduction, on_delete=models.PROTECT, related_name="events", verbose_name=_("deduction")
    )
    old = models.CharField(_("before"), max_length=10, choices=DeductionStatus.choices, blank=True)
    new = models.CharField(_("after"), max_length=10, choices=DeductionStatus.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("deduction event")
        verbose_name_plural = _("deduction events")
        ordering = ["id"]
