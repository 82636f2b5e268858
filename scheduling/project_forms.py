"""The form of a project: every figure of the rules, grouped, with the rule's number beside it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope
from scheduling.models import Project

GROUPS: list[tuple[Promise, list[str]]] = [
    (_("The project"), ["name", "slug", "is_open", "spoken_language"]),
    (_("Who may take part"), ["min_age_years"]),
    (_("Consents"), ["consent_scopes"]),
    (
        _("The sample"),
        [
            "sample_min_s",
            "sample_max_s",
            "sample_grace_s",
            "max_samples",
            "retry_after_days",
            "max_refused_samples_per_day",
        ],
    ),
    (
        _("What the machine checks in a sample"),
        [
            "sample_min_speech_share",
            "sample_mark_speech_share",
            "sample_min_loudness_lufs",
            "sample_mark_low_lufs",
            "sample_mark_high_lufs",
            "sample_max_clipped_share",
            "sample_max_clipped_share_lossy",
            "sample_mark_clipped_share",
            "sample_refuse_alike",
            "sample_mark_alike",
            "sample_alike_s",
            "sample_min_snr_db",
            "sample_mark_snr_db",
            "sample_min_quality_mos",
            "sample_poor_quality_mos",
            "sample_mark_quality_mos",
            "sample_min_band_hz",
            "sample_mark_band_hz",
            "sample_mark_band_drop_db",
            "sample_mark_dominant_share",
            "sample_refuses_extremes",
        ],
    ),
    (
        _("The review"),
        [
            "reviewers_per_sample",
            "votes_to_decide",
            "approval_heard_percent",
            "rejection_heard_s",
            "vote_undo_s",
            "review_hold_minutes",
            "assignment_hours",
            "gold_every",
        ],
    ),
    (
        _("Partners"),
        [
            "invitation_hours",
            "max_invitations_per_day",
            "max_open_invitations",
            "board_entry_days",
            "max_sessions_per_pair",
            "max_sessions_per_person",
        ],
    ),
    (_("Slots and staff"), ["slot_minutes", "turnover_minutes", "min_staff", "escalation_hours"]),
    (
        _("Booking"),
        [
            "hold_minutes",
            "partner_answer_hours",
            "booking_opens_days",
            "booking_closes_hours",
            "max_live_bookings",
            "free_cancel_hours",
        ],
    ),
    (
        _("Waiting list"),
        [
            "offer_hours",
            "offer_soon_hours",
            "offer_soon_minutes",
            "max_waiting_entries",
            "waiting_places",
            "seat_hours",
        ],
    ),
    (_("Release moments"), ["max_wishes", "release_fixed_minutes", "release_grace_minutes"]),
    (_("Messages"), ["reminder_hours", "quiet_from_hour", "quiet_to_hour"]),
    (_("At the door"), ["late_after_minutes", "no_shows_to_suspend"]),
    (
        _("The session"),
        [
            "free_talk_minutes",
            "dialogue_count",
            "topic_max_minutes",
            "monologue_max_s",
            "share_min_percent",
            "share_max_percent",
            "may_improvise_lines",
        ],
    ),
    (_("Money"), ["rate_fen", "show_up_fee_divisor", "appeal_days"]),
]

# (smaller, larger): the first may not exceed the second.
ORDERED = [
    ("sample_min_s", "sample_max_s"),
    ("votes_to_decide", "reviewers_per_sample"),
    ("share_min_percent", "share_max_percent"),
    ("sample_min_speech_share", "sample_mark_speech_share"),
    ("sample_min_loudness_lufs", "sample_mark_low_lufs"),
    ("sample_mark_low_lufs", "sample_mark_high_lufs"),
    ("sample_mark_clipped_share", "sample_max_clipped_share"),
    ("sample_refuse_alike", "sample_mark_alike"),
    ("sample_min_snr_db", "sample_mark_snr_db"),
    ("sample_min_quality_mos", "sample_poor_quality_mos"),
    ("sample_poor_quality_mos", "sample_mark_quality_mos"),
    ("sample_min_band_hz", "sample_mark_band_hz"),
    ("max_sessions_per_pair", "max_sessions_per_person"),
]
AT_LEAST_ONE = [
    "votes_to_decide",
    "reviewers_per_sample",
    "min_staff",
    "slot_minutes",
    "hold_minutes",
    "partner_answer_hours",
    "invitation_hours",
    "max_invitations_per_day",
    "max_open_invitations",
    "board_entry_days",
    "max_live_bookings",
    "max_samples",
]


class HoursField(forms.CharField):
    """Whole hours with blanks between them, such as `48 3`, kept as a list."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(str(hours) for hours in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        words = (value or "").replace(",", " ").split()
        if not all(word.isdecimal() and 0 < int(word) <= 24 * 14 for word in words):
            raise ValidationError(_("Write whole hours such as 48 3."), code="hours")
        return sorted({int(word) for word in words}, reverse=True)


class ProjectForm(forms.ModelForm):
    """A project with its figures. Money is typed in yuan and kept in fen. Rule: R-37."""

    consent_scopes = forms.MultipleChoiceField(
        label=_("Consents a booking needs"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="R-4",
    )
    reminder_hours = HoursField(label=_("Reminders (h before)"), required=False, help_text="R-25")
    escalation_hours = HoursField(
        label=_("Managers told again of missing staff (h before)"), required=False, help_text="R-19"
    )
    rate_fen = forms.DecimalField(
        label=_("Pay per session and person (CNY)"),
        min_value=0,
        max_value=100_000,
        decimal_places=2,
        help_text="R-36",
    )

    class Meta:
        model = Project
        fields = [name for _title, names in GROUPS for name in names]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fen = self.instance.rate_fen
        self.initial["rate_fen"] = Decimal(fen) / 100
        for name in AT_LEAST_ONE:
            self.fields[name].widget.attrs["min"] = 1

    def clean_rate_fen(self) -> int:
        """Return the pay in whole fen."""
        return int(self.cleaned_data["rate_fen"] * 100)

    def clean(self) -> dict[str, Any]:
        """Refuse figures that contradict each other, at the field that is to be changed."""
        data = super().clean() or self.cleaned_data
        for name in AT_LEAST_ONE:
            if data.get(name) is not None and data[name] < 1:
                self.add_error(name, ValidationError(_("At least 1."), code="too_small"))
        for smaller, larger in ORDERED:
            if None not in (data.get(smaller), data.get(larger)) and data[smaller] > data[larger]:
                words = _("Not more than “%(other)s”.")
                params = {"other": self.fields[larger].label}
                self.add_error(smaller, ValidationError(words, code="order", params=params))
        if data.get("slot_minutes") and data["slot_minutes"] % 30:
            self.add_error("slot_minutes", ValidationError(_("Whole half hours only."), code="grid"))
        return data

    def groups(self) -> list[tuple[Promise, list[BoundField]]]:
        """Return the fields as the page shows them, under their headings."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]
