"""The managers' forms of one booking."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.models import AttendanceOutcome


class ReasonForm(forms.Form):
    """Why somebody overrides: read by the people it concerns."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Both people read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AttendanceForm(forms.Form):
    """How one person ended at the door."""

    outcome = forms.ChoiceField(label=_("At the door"), choices=[("", "—"), *AttendanceOutcome.choices])
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Needed for a correction.")
    )
