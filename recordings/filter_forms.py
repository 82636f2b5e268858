"""Forms above lists and figures: what cannot be read narrows nothing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from recordings.figures import DAYS
from recordings.models import SampleStatus
from recordings.reasons import REASONS, REFUSALS
from recordings.sample_lists import AGES, DATED, SORTS, STATUS_GROUPS, Wanted, reviewers
from recordings.votes import VoteKind, span_of_days
from scheduling.forms import DATE, DayField
from scheduling.models import Project


class ReviewerField(forms.ModelChoiceField):
    """One of those who review, by name."""

    def label_from_instance(self, person: User) -> str:
        return person.profile.name if hasattr(person, "profile") else person.pseudonym


class SampleFilterForm(forms.Form):
    """Which samples a list shows and in which order; what cannot be read narrows nothing."""

    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("All")),
            *((key, words) for key, (words, _statuses) in STATUS_GROUPS.items()),
            *SampleStatus.choices,
        ],
    )
    project = forms.ModelChoiceField(
        label=_("Project"), required=False, queryset=Project.objects.order_by("name"), empty_label=_("All")
    )
    age = forms.ChoiceField(
        label=_("Waiting for"), required=False, choices=[("", _("All")), *((a.key, a.label) for a in AGES)]
    )
    refusal = forms.ChoiceField(
        label=_("Refused because"),
        required=False,
        choices=[("", _("All")), *((code, refusal.words) for code, refusal in REFUSALS.items())],
    )
    reviewer = ReviewerField(
        label=_("Reviewer"), required=False, queryset=User.objects.none(), empty_label=_("All")
    )
    vote = forms.ChoiceField(label=_("Vote"), required=False, choices=[("", _("All")), *VoteKind.choices])
    reason = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", _("All")), *((code, reason.label) for code, reason in REASONS.items())],
    )
    dated = forms.ChoiceField(label=_("Dates are of"), required=False, choices=list(DATED.items()))
    since = DayField(label=_("From"), required=False, widget=DATE)
    until = DayField(label=_("Until"), required=False, widget=DATE)
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[(key, words) for key, (words, _by) in SORTS.items()]
    )
    rare = ("age", "refusal", "reviewer", "vote", "reason", "dated", "since", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reviewer"].queryset = reviewers()  # type: ignore[attr-defined]
        self.is_valid()

    def often(self) -> list[forms.BoundField]:
        """Return the fields that stand above the list."""
        return [field for field in self if field.name not in self.rare]

    def seldom(self) -> list[forms.BoundField]:
        """Return the fields that one opens first."""
        return [self[name] for name in self.rare]

    def has_seldom(self) -> bool:
        """Return whether one of those is set, so that they must be seen."""
        return any(self.cleaned_data.get(name) for name in self.rare if name != "dated")

    def wanted(self) -> Wanted:
        """Return the choice as the list takes it."""
        chosen = self.cleaned_data
        return Wanted(
            status=chosen.get("status", ""),
            project=chosen.get("project"),
            reviewer=chosen.get("reviewer"),
            vote=chosen.get("vote", ""),
            reason=chosen.get("reason", ""),
            refusal=chosen.get("refusal", ""),
            age=chosen.get("age", ""),
            dated=chosen.get("dated") or "sent",
            span=span_of_days(chosen.get("since"), chosen.get("until")),
            sort=chosen.get("sort", ""),
        )

    def asked(self) -> dict[str, str]:
        """Return what was chosen, as the address has it."""
        return {name: self.data[name] for name in self.fields if self.cleaned_data.get(name)}


class PeriodForm(forms.Form):
    """Of which days and which project figures are shown."""

    days = forms.TypedChoiceField(
        label=_("Period"),
        required=False,
        coerce=int,
        initial=30,
    )
    project = forms.ModelChoiceField(
        label=_("Project"), required=False, queryset=Project.objects.order_by("name"), empty_label=_("All")
    )

    def __init__(self, data: Any) -> None:
        """Take what cannot be read for the default, and show that."""
        super().__init__({"days": data.get("days") or 30, "project": data.get("project")})
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            (days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days}) for days in DAYS
        ]
        self.is_valid()

    def chosen(self) -> dict[str, Any]:
        """Return days and project."""
        return {
            "days": self.cleaned_data.get("days", 30),
            "project": self.cleaned_data.get("project"),
        }
