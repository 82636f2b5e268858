"""What people type about money: read and cleaned here, judged by the rules."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.answers import MAX_ANSWER_BYTES, Outcome
from payments.ledger import SORTS
from payments.models import DeductionReason, PayeeAccountKind, PaymentStatus
from scheduling.models import Project


class AccountForm(forms.Form):
    """The account that pay goes to. A saved number is never shown again: an empty one is asked for anew."""

    kind = forms.ChoiceField(
        label=_("Paid to"), choices=PayeeAccountKind.choices, widget=forms.RadioSelect, initial="alipay"
    )
    holder_name = forms.CharField(
        label=_("Name of the holder"), max_length=40, help_text=_("As it stands at the bank.")
    )
    number = forms.CharField(
        label=_("Account"),
        max_length=100,
        help_text=_("Your card number, or the phone number or e-mail address of your Alipay."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    bank_name = forms.CharField(
        label=_("Bank and branch"), max_length=80, required=False, help_text=_("Only for a bank account.")
    )


class PaymentFilterForm(forms.Form):
    """What a list of payments shows and in which order."""

    status = forms.ChoiceField(label=_("State"), required=False)
    month = forms.ChoiceField(label=_("Month of the session"), required=False)
    project = forms.ModelChoiceField(
        label=_("Project"), required=False, queryset=Project.objects.order_by("name"), empty_label=_("All")
    )
    sort = forms.ChoiceField(label=_("Order"), required=False)

    def __init__(self, *args: Any, months: list[datetime], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [("", _("All")), *PaymentStatus.choices]  # type: ignore[attr-defined]
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            ("", _("All")),
            *((f"{month:%Y-%m}", f"{month:%Y-%m}") for month in months),
        ]
        self.fields["sort"].choices = [(key, label) for key, (label, _order) in SORTS.items()]  # type: ignore[attr-defined]


class DeductionForm(forms.Form):
    """A deduction with its evidence and its words."""

    reason = forms.ChoiceField(label=_("Reason"), choices=DeductionReason.choices)
    amount = forms.DecimalField(
        label=_("Amount (yuan)"),
        max_digits=8,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )
    evidence_take = forms.RegexField(
        r"^\d{1,3}/\d{1,3}$",
        label=_("Take"),
        required=False,
        help_text=_("Such as 17/2: dialogue 17, take 2."),
        error_messages={"invalid": _("Write the dialogue, a slash, the take: 17/2.")},
    )
    evidence_from_s = forms.IntegerField(label=_("From (s)"), required=False, min_value=0, max_value=86_400)
    evidence_to_s = forms.IntegerField(label=_("To (s)"), required=False, min_value=0, max_value=86_400)
    words = forms.CharField(
        label=_("Words for the participant"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def rule_fields(self) -> dict[str, Any]:
        """Return what `propose_deduction` takes; the amount in fen."""
        fields = dict(self.cleaned_data)
        return fields | {"amount_fen": int(fields.pop("amount") * 100)}


class ReasonForm(forms.Form):
    """A reason, when one is needed."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class BatchForm(forms.Form):
    """Which of the payable payments go into a batch."""

    kind = forms.ChoiceField(choices=PayeeAccountKind.choices, label=_("Paid through"))


class ResultForm(forms.Form):
    """The bank's answer to one payout."""

    outcome = forms.ChoiceField(
        label=_("Result"),
        choices=[
            (Outcome.SUCCESS.value, _("Paid")),
            (Outcome.FAILED.value, _("Failed")),
            (Outcome.UNKNOWN.value, _("Unknown")),
        ],
    )
    message = forms.CharField(label=_("The bank's words"), max_length=200, required=False)


class ResultsFileForm(forms.Form):
    """The bank's file of answers."""

    file = forms.FileField(
        label=_("The bank's results (CSV)"),
        help_text=_("A column with our number and one with the result; at most 2 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def read(self) -> bytes:
        """Return the bytes, one more than allowed at most: the reader refuses what is too big."""
        return self.cleaned_data["file"].read(MAX_ANSWER_BYTES + 1)
