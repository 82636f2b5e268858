"""Forms above lists of scheduling: what cannot be read narrows nothing."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Channel
from scheduling.forms import DATE, DayField
from scheduling.models import City, Reminder, ReminderStatus


class ReminderFilterForm(forms.Form):
    """Which reminders a list shows: days are the studios' own, of when a reminder is due."""

    status = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *ReminderStatus.choices]
    )
    city = forms.ModelChoiceField(
        label=_("City"), required=False, queryset=City.objects.all(), empty_label=_("All")
    )
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All")), *Channel.choices]
    )
    since = DayField(label=_("From"), required=False, widget=DATE)
    until = DayField(label=_("Until"), required=False, widget=DATE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_valid()

    def select(self, reminders: QuerySet[Reminder]) -> QuerySet[Reminder]:
        """Return those of the reminders that were asked for."""
        chosen = self.cleaned_data
        if chosen.get("status"):
            reminders = reminders.filter(status=chosen["status"])
        if chosen.get("city"):
            reminders = reminders.filter(booking__slot__booth__studio__city=chosen["city"])
        if chosen.get("channel"):
            reminders = reminders.filter(channel=chosen["channel"])
        if chosen.get("since"):
            reminders = reminders.filter(due_at__gte=_midnight(chosen["since"]))
        if chosen.get("until"):
            reminders = reminders.filter(due_at__lt=_midnight(chosen["until"] + timedelta(days=1)))
        return reminders


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))
