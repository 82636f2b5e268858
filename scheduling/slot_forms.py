"""The forms of planning slots: what to publish, blackouts, and exceptions of weekly templates."""

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from scheduling.blackout_days import Place
from scheduling.forms import DATE, DayField
from scheduling.models import Booth, City, Project, Studio, Weekday

TIME = forms.TimeInput(attrs={"type": "time", "step": "1800"}, format="%H:%M")


class BoothsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, booth: Booth) -> str:
        return f"{booth.studio.city} · {booth.studio.name} · {booth.name}"


def _open_booths() -> QuerySet[Booth]:
    booths = Booth.objects.filter(is_open=True, studio__is_open=True).select_related("studio__city")
    return booths.order_by("studio__city__name", "studio__name", "name", "pk")


class PublishForm(forms.Form):
    """Which days to fill from the weekly templates, and where: the booths named, or those of the cities, or all."""

    project = forms.ModelChoiceField(
        Project.objects.filter(is_open=True).order_by("name"), label=_("Project")
    )
    from_on = DayField(label=_("First day"), widget=DATE)
    to_on = DayField(label=_("Last day"), widget=DATE)
    cities = forms.ModelMultipleChoiceField(
        City.objects.order_by("name"),
        label=_("Cities"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    booths = BoothsField(
        Booth.objects.none(), label=_("Booths"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booths"].queryset = _open_booths()  # type: ignore[attr-defined]  # a BoothsField

    def choice(self) -> dict[str, Any]:
        """Return what the rules of the valid form's plan take: project, days, and the booths or None for all."""
        data = self.cleaned_data
        days = {name: data[name] for name in ("project", "from_on", "to_on")}
        if data["booths"]:
            return {**days, "booth_ids": {booth.pk for booth in data["booths"]}}
        if data["cities"]:
            booths = Booth.objects.filter(studio__city__in=data["cities"])
            return {**days, "booth_ids": set(booths.values_list("pk", flat=True))}
        return {**days, "booth_ids": None}


class BlackoutForm(forms.Form):
    """Where and when no slots are to be made, and why."""

    place = forms.CharField(label=_("Where"))
    from_on = DayField(label=_("First day"), widget=DATE)
    to_on = DayField(label=_("Last day"), widget=DATE)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Managers read it beside the empty days, and in the history of a closed slot."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].widget = forms.Select(choices=_place_choices())

    def clean_place(self) -> Place:
        """Return the city, studio or booth named, None for everywhere."""
        kind, _colon, key = self.cleaned_data["place"].partition(":")
        if kind == "all":
            return None
        model: type[City] | type[Studio] | type[Booth] | None = _PLACES.get(kind)
        place = (
            model._default_manager.select_related(*_BESIDE[kind]).filter(pk=key).first()
            if model and key.isdecimal()
            else None
        )
        if place is None:
            raise ValidationError(_("Choose a place of the list."), code="place")
        return place


_PLACES: dict[str, Any] = {"city": City, "studio": Studio, "booth": Booth}
_BESIDE: dict[str, list[str]] = {"city": [], "studio": ["city"], "booth": ["studio__city"]}


def _place_choices() -> list[tuple[Any, Any]]:
    """Return everything that can be blacked out, the widest first."""
    cities = City.objects.order_by("name")
    studios = Studio.objects.select_related("city").order_by("city__name", "name")
    booths = Booth.objects.select_related("studio__city").order_by(
        "studio__city__name", "studio__name", "name"
    )
    return [
        ("all", _("Everywhere")),
        (_("Cities"), [(f"city:{city.pk}", str(city)) for city in cities]),
        (_("Studios"), [(f"studio:{one.pk}", f"{one.city} · {one.name}") for one in studios]),
        (
            _("Booths"),
            [(f"booth:{one.pk}", f"{one.studio.city} · {one.studio.name} · {one.name}") for one in booths],
        ),
    ]


def place_key(place: Place) -> str:
    """Return the value of the place in the list of a blackout's form."""
    return f"{type(place).__name__.lower()}:{place.pk}" if place else "all"


class LeaveOutForm(forms.Form):
    """A day on which a template makes no slot."""

    on = DayField(label=_("Day"), widget=DATE)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class OneOffForm(LeaveOutForm):
    """A slot at another time on one day."""

    starts_time = forms.TimeField(label=_("Starts at"), widget=TIME)
    field_order = ["on", "starts_time", "reason"]


class EndForm(forms.Form):
    """The last day of a weekly template, and the time that comes instead, if any."""

    on = DayField(label=_("Last day"), widget=DATE)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    weekday = forms.TypedChoiceField(
        label=_("From then on instead on"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("The same weekday")), *Weekday.choices],
    )
    starts_time = forms.TimeField(
        label=_("From then on instead at"),
        required=False,
        widget=TIME,
        help_text=_("Empty: the template ends, nothing comes instead."),
    )

    def instead(self, *, weekday: int) -> tuple[int, time] | None:
        """Return weekday and start of what comes instead, None for nothing; `weekday` is the one of now."""
        data = self.cleaned_data
        if data["starts_time"] is None:
            return None
        return (weekday if data["weekday"] is None else data["weekday"], data["starts_time"])
