"""What a manager looks at in the calendar: what cannot be read narrows nothing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scheduling.forms import DATE, DayField
from scheduling.models import City, Project, Studio, StudioStaff
from scheduling.timetable import SlotState


class StudioChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, studio: Studio) -> str:
        return f"{studio.city} · {studio.name}"


class CalendarForm(forms.Form):
    """Day, place, and which slots; each field for itself."""

    VIEWS = [
        ("week", pgettext_lazy("view", "Week")),
        ("day", pgettext_lazy("view", "Day")),
        ("month", pgettext_lazy("view", "Month")),
    ]
    SHOWN = [
        ("", _("All slots")),
        ("lacking", _("Lacking staff")),
        ("conflicts", _("With conflicts")),
        ("holidays", _("On public holidays")),
    ]

    view = forms.ChoiceField(choices=VIEWS, required=False, widget=forms.HiddenInput)
    day = DayField(label=_("Day"), required=False, widget=DATE)
    city = forms.ModelChoiceField(
        City.objects.order_by("name"), label=_("City"), required=False, empty_label=_("All cities")
    )
    studio = StudioChoiceField(
        Studio.objects.select_related("city").order_by("city__name", "name"),
        label=_("Studio"),
        required=False,
        empty_label=_("All studios"),
    )
    project = forms.ModelChoiceField(
        Project.objects.order_by("name"), label=_("Project"), required=False, empty_label=_("All projects")
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All states")), *SlotState.choices]
    )
    staff = forms.TypedChoiceField(label=_("Staff"), required=False, coerce=int, empty_value=None)
    show = forms.ChoiceField(label=_("Show"), required=False, choices=SHOWN)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = (
            StudioStaff.objects.filter(person__is_active=True)
            .order_by("person__profile__name", "person")
            .values_list("person", "person__profile__name", "person__pseudonym")
            .distinct()
        )
        self.fields["staff"].choices = [  # type: ignore[attr-defined]  # a TypedChoiceField
            ("", _("Everybody")),
            *((pk, name or pseudonym) for pk, name, pseudonym in people),
        ]

    def chosen(self) -> dict[str, Any]:
        """Return what can be read of the form; a field that cannot be read is not there."""
        self.is_valid()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}
