"""The forms of the rota: they check what was typed; the rules check what is allowed."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scheduling.forms import DATE, DayField
from scheduling.models import DayKind, DayPart
from scheduling.working_times import MOST_HOURS, MOST_PER_DAY, MOST_PER_WEEK

LINE = re.compile(r"(\d{1,12}):(\d{1,12})")
TIME = re.compile(rf"(\d{{1,12}}):([0-6]):({'|'.join(DayPart.values)})")


class PressedField(forms.MultipleChoiceField):
    """Any number of values of one shape, each pressed on a grid; `read` makes a value of a match."""

    def __init__(self, *, shape: re.Pattern[str], **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.shape = shape

    def clean(self, value: Any) -> list[tuple[str, ...]]:
        """Return the parts of each value. Raise ValidationError(code="shape") for what no page of ours sends."""
        matches = [self.shape.fullmatch(one) for one in value or ()]
        if None in matches:
            raise ValidationError(_("Open the page again, then send the form."), code="shape")
        return [match.groups() for match in matches if match]


class WeekTimesForm(forms.Form):
    """When somebody can work every week, and how much they wish."""

    time = PressedField(shape=TIME, label=_("Weekly times"))
    wished_hours = forms.IntegerField(
        label=_("Hours a week that you would like"),
        min_value=1,
        max_value=MOST_HOURS,
        help_text=_("Shifts are shared out in proportion to it."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def times(self) -> set[tuple[int, int, str]]:
        """Return the ticked times of the valid form as (studio, weekday, part)."""
        return {(int(studio), int(weekday), part) for studio, weekday, part in self.cleaned_data["time"]}


class ExceptionForm(forms.Form):
    """Days that differ from the week."""

    kind = forms.ChoiceField(label=_("On these days"), choices=DayKind.choices)
    from_on = DayField(label=_("First day"), widget=DATE)
    to_on = DayField(label=_("Last day"), widget=DATE, required=False, help_text=_("Empty: one day."))
    part = forms.ChoiceField(
        label=_("Part of the day"),
        choices=[("", pgettext_lazy("part of the day", "The whole day")), *DayPart.choices],
        required=False,
    )
    note = forms.CharField(label=_("Note for the manager"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        """Let one day end where it begins."""
        data = super().clean() or self.cleaned_data
        data["to_on"] = data.get("to_on") or data.get("from_on")
        return data


class LimitsForm(forms.Form):
    """How much a rota may give somebody at most; empty: as the studio says."""

    per_day = forms.IntegerField(
        label=_("Shifts a day at most"), min_value=0, max_value=MOST_PER_DAY, required=False
    )
    per_week = forms.IntegerField(
        label=_("Shifts a week at most"), min_value=0, max_value=MOST_PER_WEEK, required=False
    )


class ProposalForm(forms.Form):
    """The ticked lines of a proposal."""

    line = PressedField(shape=LINE)

    def lines(self) -> list[tuple[int, int]]:
        """Return the lines of the valid form as (slot, person)."""
        return [(int(slot), int(person)) for slot, person in self.cleaned_data["line"]]


class SwapForm(forms.Form):
    """Whom to ask for a shift: a colleague, one of a colleague's shifts in return, or anybody."""

    whom = forms.ChoiceField()
    wanted = forms.ChoiceField()
    hours = forms.TypedChoiceField(
        label=_("The request waits"),
        coerce=int,
        initial=48,
        choices=[(6, _("6 hours")), (24, _("1 day")), (48, _("2 days")), (96, _("4 days"))],
    )
    note = forms.CharField(label=_("A few words"), max_length=200, required=False)

    def __init__(
        self,
        *args: Any,
        colleagues: Iterable[tuple[int, str]],
        shifts: Iterable[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"] = forms.ChoiceField(
            label=_("Whom do you ask?"), required=False, choices=[("", _("Anybody who can")), *colleagues]
        )
        self.fields["wanted"] = forms.ChoiceField(
            label=_("In return for"), required=False, choices=[("", _("Nothing: they take it over")), *shifts]
        )
