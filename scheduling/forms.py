"""The forms of scheduling: they check what was typed; the rules check what is allowed."""

from django import forms
from django.utils.translation import gettext_lazy as _


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
