"""The forms of release moments: which slots, and when."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scheduling.forms import DATE, DayField, check_year
from scheduling.models import City, Project, Release, Slot
from scheduling.releases import find_releasable

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
DAYS_OFFERED = 13
SHOWN = 500


class CityForm(forms.Form):
    """Where to look for slots; without a city everywhere."""

    city = forms.ModelChoiceField(
        City.objects.order_by("name"), label=_("City"), required=False, empty_label=_("All cities")
    )


def read_keys(keys: Iterable[str]) -> list[int]:
    """Return the keys of slots that were sent; what is no key is no slot."""
    return [int(key) for key in islice(keys, SHOWN * 2) if key.isdecimal() and len(key) < 19]


class MomentForm(forms.Form):
    """When a release opens, in the studios' own time."""

    opens_at = forms.DateTimeField(
        label=_("Opens at"),
        widget=MOMENT,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[check_year],
    )


class ReleaseForm(MomentForm, CityForm):
    """A name, a moment, and where and on which days to look for slots; sent with `slots`, those chosen."""

    project = forms.ModelChoiceField(
        Project.objects.filter(is_open=True).order_by("name"), label=_("Project")
    )
    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"),
        max_length=Release._meta.get_field("name").max_length,
        help_text=_("Everybody reads it on the countdown, such as “December slots”."),
    )
    from_on = DayField(label=_("First day"), widget=DATE)
    to_on = DayField(label=_("Last day"), widget=DATE)
    slots = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.MultipleHiddenInput)
    field_order = ("name", "project", "opens_at", "city", "from_on", "to_on")

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        today = timezone.localdate(now)
        project = Project.objects.filter(is_open=True).order_by("name").first()
        initial = {"project": project, "from_on": today, "to_on": today + timedelta(days=DAYS_OFFERED)}
        super().__init__(data, initial=initial)
        # What may be chosen is looked up by the rule; here it need only be keys.
        self.fields["slots"] = forms.Field(required=False)
        self.data_keys = data.getlist("slots") if data is not None else []

    def clean_slots(self) -> list[int]:
        """Return the keys that were sent; what is no key is no slot."""
        return read_keys(self.data_keys)

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        data = super().clean() or self.cleaned_data
        first, last = data.get("from_on"), data.get("to_on")
        if first and last and last < first:
            self.add_error("to_on", ValidationError(_("The last day is before the first."), code="range"))
        return data

    def has_field_errors(self) -> bool:
        """Return whether what was typed cannot be read, so that no slots can be looked for."""
        return any(name != "__all__" for name in self.errors)

    def find_slots(self, *, now: datetime) -> list[Slot]:
        """Return the slots that may be chosen, at most 500."""
        data = self.cleaned_data
        slots = find_releasable(data["project"], opens_at=data["opens_at"], now=now, city=data["city"])
        # By the studios' own days: cities of another zone are a day's edge off at most.
        days = slots.filter(
            starts_at__gte=_midnight(data["from_on"]),
            starts_at__lt=_midnight(data["to_on"] + timedelta(days=1)),
        )
        return list(days[:SHOWN])


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), tzinfo=timezone.get_default_timezone())
