"""What people type about themselves: read and cleaned here, judged by the rules."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Channel, Sex
from accounts.phones import LONGEST_INPUT, parse_phone
from accounts.regions import Region
from accounts.text_edits import LONGEST_BODY, LONGEST_SUBJECT

# One input for a code: the phone's keyboard offers the one that came by SMS, and a paste goes in whole.
CODE_ATTRS = {
    "inputmode": "numeric",
    "autocomplete": "one-time-code",
    "autocapitalize": "off",
    "spellcheck": "false",
    "class": "field-code",
    "autofocus": True,
}


class PhoneForm(forms.Form):
    """The number that a code is sent to."""

    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=LONGEST_INPUT,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "autofocus": True}
        ),
    )

    def clean_phone(self) -> str:
        return parse_phone(self.cleaned_data["phone"])


class CodeForm(forms.Form):
    """The code that came by SMS. Blanks and hyphens do no harm."""

    code = forms.CharField(label=_("Six-digit code"), max_length=20, widget=forms.TextInput(attrs=CODE_ATTRS))


class NameForm(forms.Form):
    """All that staff tell who do not take part themselves."""

    name = forms.CharField(
        label=_("Full name"),
        max_length=60,
        help_text=_("As it stands on your identity card."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class ProfileForm(NameForm):
    """What a participant tells about themselves."""

    birth_on = forms.DateField(
        label=_("Birth date"),
        help_text=_("You have to be 18 or older."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=Sex.choices, widget=forms.RadioSelect)
    region_raised = forms.ChoiceField(
        label=_("Province where you grew up"), choices=[("", _("Choose…")), *Region.choices]
    )
    dialect = forms.CharField(
        label=_("Dialect you speak"),
        max_length=60,
        required=False,
        help_text=_("Besides Mandarin, for example Sichuanese. Leave it empty if there is none."),
    )
    city = forms.CharField(
        label=_("City where you live"),
        max_length=60,
        help_text=_("We show you the studios of this city first."),
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )


class EmailForm(forms.Form):
    """The address for news by e-mail; empty means none."""

    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("Leave it empty if you want news by SMS only."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class _AppCodeMixin:
    """One code of an authenticator app, or one recovery code."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code of your authenticator app")
        self.fields["code"].widget = forms.TextInput(attrs=CODE_ATTRS)


class SecondFactorForm(_AppCodeMixin, AuthenticateForm):
    """The second factor at sign-in."""


class SecondFactorAgainForm(_AppCodeMixin, ReauthenticateForm):
    """The second factor once more, before something delicate."""


class SecondFactorSetupForm(_AppCodeMixin, ActivateTOTPForm):
    """The first code of a new authenticator app."""


class MessageTextForm(forms.Form):
    """The words of one message; an SMS has no subject."""

    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label=pgettext_lazy("message", "Text"),
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "true"}),
    )

    def __init__(self, *args: Any, channel: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if channel == Channel.SMS:
            del self.fields["subject"]
            self.fields["body"].widget.attrs["rows"] = 4

    def text(self) -> dict[str, str]:
        """Return the words as they were typed, right or wrong."""
        return {name: str(self.data.get(name, "")) for name in ("subject", "body")}
