"""The forms of one booking, of who came to it, and of what follows."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.forms import DATE, DayField
from scheduling.models import AttendanceOutcome
from scheduling.qualifications import LONGEST_OBJECTION


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
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Needed for a correction. The person reads it."),
    )
    # What stood there when the page was made: nobody corrects what somebody else has changed meanwhile.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class AmnestyForm(forms.Form):
    """From which day on no-shows count, and why; the button that ends an amnesty needs no day."""

    counts_from_on = DayField(
        label=_("No-shows count from this day on"),
        required=False,
        widget=DATE,
        help_text=_("Those before it do not count any more."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("It stays in the history, for other managers.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.data.get("wish") != "end" and not cleaned.get("counts_from_on") and not self.errors:
            self.add_error("counts_from_on", forms.ValidationError(_("Choose a day."), code="required"))
        return cleaned


class ObjectionForm(forms.Form):
    """What somebody says against their suspension."""

    words = forms.CharField(
        label=_("What happened?"), max_length=LONGEST_OBJECTION, widget=forms.Textarea(attrs={"rows": 4})
    )
