"""The forms of scheduling: they check what was typed; the rules check what is allowed."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import User
from scheduling.models import Booth, City, Project, Studio, Weekday
from scheduling.slots import zone_of

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
# Far beyond any plan, and far enough from the ends of the calendar to reckon with.
YEARS = range(2000, 2101)


def check_year(on: date) -> None:
    """Raise ValidationError(code="year") for a day or moment that no plan reaches."""
    if on.year not in YEARS:
        raise ValidationError(_("Choose a day between the years 2000 and 2100."), code="year")


class DayField(forms.DateField):
    """A day that one can reckon with: no sum of days leaves the calendar."""

    default_validators = [check_year]


class CodeForm(forms.Form):
    """A partner's code, typed or scanned."""

    code = forms.CharField(
        label=_("Your partner's code"),
        max_length=20,
        help_text=_("Eight letters and figures, such as K7Q9-XW3M. Capitals and hyphens do not matter."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code-input",
            }
        ),
    )


class WeekForm(forms.Form):
    """Which week, city and project a manager looks at; whatever is unreadable counts as not chosen."""

    city = forms.ModelChoiceField(
        City.objects.order_by("name"), label=_("City"), required=False, empty_label=_("All cities")
    )
    project = forms.ModelChoiceField(
        Project.objects.order_by("name"), label=_("Project"), required=False, empty_label=_("All projects")
    )
    week = DayField(label=_("Week of"), required=False, widget=DATE)


class ShiftForm(forms.Form):
    """Whom to put on a rota, with the reason where something speaks against them; `on` is the day to go back to."""

    person = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Person"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
    on = DayField(required=False)


class BoothChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, booth: Booth) -> str:
        return f"{booth.studio.city} · {booth.studio.name} · {booth.name}"


class BoothForm(forms.Form):
    """A project and one of the open booths."""

    project = forms.ModelChoiceField(
        Project.objects.filter(is_open=True).order_by("name"), label=_("Project")
    )
    booth = BoothChoiceField(
        Booth.objects.filter(is_open=True, studio__is_open=True)
        .select_related("studio__city")
        .order_by("studio__city__name", "studio__name", "name"),
        label=_("Booth"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        projects = list(Project.objects.filter(is_open=True)[:2])
        if len(projects) == 1:
            self.fields["project"].initial = projects[0]


class SlotForm(BoothForm):
    """One slot by hand, in the city's own time."""

    on = DayField(label=_("Day"), widget=DATE)
    starts_time = forms.TimeField(
        label=_("Starts at"), widget=forms.TimeInput(attrs={"type": "time", "step": "1800"}, format="%H:%M")
    )

    def starts_at(self) -> datetime:
        """Return the start of the valid form in the time of the booth's city."""
        data = self.cleaned_data
        return datetime.combine(data["on"], data["starts_time"], tzinfo=zone_of(data["booth"]))


class TemplateForm(BoothForm):
    """Slots that come again: several weekdays and times of one booth at once."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        coerce=int,
        choices=Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    times = forms.CharField(
        label=_("Starts at"),
        initial="09:00 14:00 18:00",
        help_text=_("One or more times of the city, with blanks between them. Rule: R-18."),
    )
    valid_from = DayField(label=_("First day"), widget=DATE)
    valid_to = DayField(label=_("Last day"), required=False, widget=DATE)

    def clean_times(self) -> list[Any]:
        """Return the times as typed, each once."""
        try:
            times = {datetime.strptime(word, "%H:%M").time() for word in self.cleaned_data["times"].split()}  # noqa: DTZ007
        except ValueError as error:
            raise ValidationError(_("Write times such as 09:00 14:00 18:00."), code="times") from error
        return sorted(times)


class CityForm(forms.ModelForm):
    class Meta:
        model = City
        fields = ["name", "name_zh", "slug", "timezone"]

    def clean_timezone(self) -> str:
        """Accept the zones that this machine knows and whose slots lie on the half-hour grid."""
        name = self.cleaned_data["timezone"]
        if name not in available_timezones():
            raise ValidationError(_("Write a zone such as Asia/Shanghai."), code="unknown_zone")
        offset = datetime(2026, 1, 1, tzinfo=ZoneInfo(name)).utcoffset()
        if offset is None or offset.total_seconds() % 1800:
            raise ValidationError(
                _("Slots of this zone would not lie on half hours. It cannot be used."), code="grid"
            )
        return name


class StudioForm(forms.ModelForm):
    map_url = forms.URLField(label=_("Map link"), required=False, assume_scheme="https")

    class Meta:
        model = Studio
        fields = ["city", "name", "address", "directions", "map_url", "is_open"]
        widgets = {"directions": forms.Textarea(attrs={"rows": 3})}


class StudioRotaForm(forms.ModelForm):
    """Within what a rota of the studio may name people who have no limits of their own. Rule: R-19."""

    class Meta:
        model = Studio
        fields = [
            "max_shifts_per_day",
            "max_shifts_per_week",
            "shift_pause_minutes",
            "travel_minutes",
            "swaps_need_approval",
        ]


class BoothNameForm(forms.ModelForm):
    class Meta:
        model = Booth
        fields = ["name"]

    def __init__(self, *args: Any, studio: Studio, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.studio = studio

    def clean_name(self) -> str:
        """Refuse a name that the studio has already."""
        name = self.cleaned_data["name"]
        others = Booth.objects.filter(studio=self.instance.studio, name=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("This studio has a booth of that name. Choose another."), code="exists")
        return name


class StaffChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, person: User) -> str:
        return f"{person.profile.name} · {person.pseudonym}"


class StaffForm(forms.Form):
    """An operator to add to a studio."""

    def __init__(self, *args: Any, studio: Studio, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        operators = User.objects.filter(is_active=True, groups__name=Role.OPERATOR, profile__isnull=False)
        self.fields["person"] = StaffChoiceField(
            operators.exclude(studios__studio=studio)
            .select_related("profile")
            .order_by("profile__name", "pk"),
            label=_("Operator"),
        )


class PersonSearchForm(forms.Form):
    """Whom a manager looks for. Sent by POST: names and numbers stay out of addresses and logs."""

    text = forms.CharField(
        label=_("Name, pseudonym or full phone number"),
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
