"""The forms of the board, of reports and of quotas: they check what was typed; the rules check what is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from scheduling.models import BoardEntry, City, DayPart, Project, ProjectQuota, Report, ReportReason
from scheduling.planner import Time

BETWEEN = "."


@dataclass(frozen=True)
class DayChoice:
    """A day of the form with its parts: (value, label, whether it is ticked)."""

    on: date
    parts: list[tuple[str, str, bool]]


class EntryForm(forms.Form):
    """What somebody tells the board: words, and which of the coming times they could come."""

    about = forms.CharField(
        label=_("A few words about you"),
        max_length=BoardEntry._meta.get_field("about").max_length,
        help_text=_("What are you like to talk with? No name, no number, no WeChat."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    topics = forms.CharField(
        label=_("What do you like to talk about?"),
        max_length=BoardEntry._meta.get_field("topics").max_length,
        help_text=_("Such as: films, cooking, growing up in a small town."),
    )
    times = forms.MultipleChoiceField(
        label=_("When could you come?"),
        error_messages={
            "required": _("Choose at least one time at which you could come."),
            "invalid_choice": _("Some of these times are gone. Choose again."),
        },
    )

    def __init__(self, *args: Any, offered: Iterable[Time], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = list(offered)
        choices = [(write_time(time), write_time(time)) for time in self.offered]
        self.fields["times"].choices = choices  # type: ignore[attr-defined]

    def chosen_times(self) -> set[Time]:
        """Return the times of the valid form."""
        chosen = set(self.cleaned_data["times"])
        return {time for time in self.offered if write_time(time) in chosen}

    def days(self) -> list[DayChoice]:
        """Return the offered times by day, as the page shows them."""
        ticked = set(self["times"].value() or [])
        return [
            DayChoice(
                on,
                [
                    (write_time(time), str(DayPart(time[1]).label), write_time(time) in ticked)
                    for time in of_day
                ],
            )
            for on, of_day in groupby(self.offered, key=lambda time: time[0])
        ]


def write_time(time: Time) -> str:
    """Return the time as the form sends it."""
    return f"{time[0]:%Y-%m-%d}{BETWEEN}{time[1]}"


class BoardFilterForm(forms.Form):
    """Whom somebody wants to see; whatever is unreadable counts as not chosen."""

    city = forms.ModelChoiceField(
        City.objects.none(),
        label=_("City"),
        required=False,
        to_field_name="slug",
        empty_label=_("All cities"),
    )
    part = forms.ChoiceField(
        label=_("Time of day"), required=False, choices=[("", _("Any time")), *DayPart.choices]
    )
    common = forms.BooleanField(label=_("Only when I can too"), required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cities = City.objects.filter(studios__booths__slots__project=project).distinct()
        self.fields["city"].queryset = cities.order_by("pk")  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """What is wrong, in a word and in words."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"), choices=ReportReason.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What happened?"),
        required=False,
        max_length=Report._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    block = forms.BooleanField(label=_("Never show me this person again"), required=False, initial=True)


class QuotaForm(forms.ModelForm):
    """A kind of pair and how many of it are wanted."""

    class Meta:
        model = ProjectQuota
        fields = ["sexes", "dialect", "min_age_years", "max_age_years", "wanted_pairs"]

    def clean_dialect(self) -> str:
        return str(self.cleaned_data["dialect"]).strip()

    def clean(self) -> dict[str, Any]:
        """Refuse ages in the wrong order at their field, before the constraint is asked; the rest the rule refuses."""
        data = super().clean() or self.cleaned_data
        youngest, oldest = data.get("min_age_years"), data.get("max_age_years")
        if youngest is not None and oldest is not None and youngest > oldest:
            words = _("The oldest cannot be younger than the youngest.")
            self.add_error("max_age_years", ValidationError(words, code="order"))
        return data
