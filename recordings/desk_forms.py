"""Forms of the leads' desk: reviewers, conflicts, gold samples. They check what was typed, the rules decide."""

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.models import User
from accounts.phones import parse_phone
from recordings.forms import ReasonsForm
from recordings.models import GoldVerdict
from recordings.reviewers import SPEEDS
from scheduling.models import SpokenLanguage


class PlayerForm(forms.Form):
    """How a reviewer's player is set: what is not sent stays as it is."""

    speed = forms.TypedChoiceField(
        choices=[(str(speed), speed) for speed in SPEEDS], coerce=float, required=False, empty_value=None
    )
    plays_at_once = forms.NullBooleanField(required=False)


class ReviewerForm(forms.Form):
    """What a reviewer hears, and how much they are asked for. Rule: R-7."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=SpokenLanguage.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked means all."),
    )
    weekly_cap = forms.IntegerField(
        label=_("Asked for at most (samples in 7 days)"),
        min_value=1,
        max_value=10_000,
        required=False,
        help_text=_("Empty means no limit."),
    )
    is_active = forms.BooleanField(
        label=_("Reviews at present"),
        required=False,
        help_text=_("Who is paused loses their places at once; others get them."),
    )


class ConflictForm(forms.Form):
    """Which member of staff knows which participant. A participant is named by pseudonym or whole number only."""

    staff = forms.ModelChoiceField(label=_("Member of staff"), queryset=User.objects.none())
    person = forms.CharField(label=_("Participant: pseudonym or phone number"), max_length=40)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [Role.REVIEWER.value, Role.LEAD_REVIEWER.value]
        people = User.objects.filter(is_active=True, groups__name__in=roles).distinct()
        field: Any = self.fields["staff"]
        field.queryset = people.select_related("profile").order_by("profile__name", "pk")
        field.label_from_instance = name_of

    def clean_person(self) -> User:
        """Return the participant; refuse what names nobody."""
        text = self.cleaned_data["person"].strip()
        condition = Q(pseudonym__iexact=text)
        with suppress(ValidationError):
            condition |= Q(phone=parse_phone(text))
        person = User.objects.filter(condition, groups__name=Role.PARTICIPANT).first()
        if person is None:
            raise ValidationError(_("Nobody has this pseudonym or number."), code="nobody")
        return person


class GoldForm(ReasonsForm):
    """What is expected of a gold sample, and why."""

    expected = forms.ChoiceField(
        label=_("Expected verdict"),
        choices=GoldVerdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the expected verdict.")},
    )
    explanation = forms.CharField(
        label=_("Why"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reviewer reads it after the vote."),
    )


def name_of(person: User) -> str:
    """Return the name of a member of staff, or the pseudonym of one without a profile."""
    return person.profile.name if hasattr(person, "profile") else person.pseudonym
