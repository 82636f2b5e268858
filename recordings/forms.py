"""Forms of samples, reviews and sessions: they check what was typed, the rules decide."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recordings.doors import DoorChecks
from recordings.faults import Fault
from recordings.models import AssetSpeaker, CrossVerdict, Verdict
from recordings.reasons import REASONS
from scheduling.forms import DATE, DayField
from scheduling.models import AttendanceOutcome, Booking, Project

# --- sessions ---

MAX_REASON_LENGTH = 300
MAX_PROMPT_FILE_BYTES = 1024 * 1024

ARRIVALS = [
    (AttendanceOutcome.ATTENDED, _("Here in time")),
    (AttendanceOutcome.LATE, _("Here, late")),
    (AttendanceOutcome.NO_SHOW, _("Did not come")),
    (AttendanceOutcome.TURNED_AWAY, _("Turned away")),
]


class ClockField(forms.TimeField):
    """A time of the slot's day, when it was not now."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class CheckInForm(forms.Form):
    """Who came, and what was checked at the door. Rule: R-26."""

    outcome_a = forms.ChoiceField(label=_("Did A come?"), choices=ARRIVALS, widget=forms.RadioSelect)
    identity_seen_a = forms.BooleanField(label=_("Identity of A seen"), required=False)
    arrived_a = ClockField(label=_("A came at"), required=False, help_text=_("Empty means now."))
    outcome_b = forms.ChoiceField(label=_("Did B come?"), choices=ARRIVALS, widget=forms.RadioSelect)
    arrived_b = ClockField(label=_("B came at"), required=False, help_text=_("Empty means now."))
    identity_seen_b = forms.BooleanField(label=_("Identity of B seen"), required=False)
    microphones_checked = forms.BooleanField(label=_("Both microphones checked"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON_LENGTH,
        required=False,
        help_text=_("Needed when both came and are turned away, and when a manager stands in for the rota."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the checks only when both are here: otherwise nothing is recorded."""
        cleaned = self.cleaned_data
        here = {AttendanceOutcome.ATTENDED.value, AttendanceOutcome.LATE.value}
        if {cleaned.get("outcome_a"), cleaned.get("outcome_b")} <= here:
            for name, words in (
                ("identity_seen_a", _("Look at A's identity document first.")),
                ("identity_seen_b", _("Look at B's identity document first.")),
                ("microphones_checked", _("Check both microphones first.")),
            ):
                if not cleaned.get(name):
                    self.add_error(name, ValidationError(words, code="unchecked"))
        return cleaned

    def outcomes(self, booking: Booking) -> dict[int, str]:
        """Return the outcomes by person, as the rule takes them."""
        return {
            booking.pair.person_a_id: self.cleaned_data["outcome_a"],
            booking.pair.person_b_id: self.cleaned_data["outcome_b"],
        }

    def arrivals(self, booking: Booking) -> dict[int, datetime]:
        """Return the corrected times of arrival by person, on the slot's day in the studio's zone."""
        starts_at = timezone.localtime(booking.slot.starts_at)
        told = {
            booking.pair.person_a_id: self.cleaned_data["arrived_a"],
            booking.pair.person_b_id: self.cleaned_data["arrived_b"],
        }
        return {
            person_id: datetime.combine(starts_at.date(), at, tzinfo=starts_at.tzinfo)
            for person_id, at in told.items()
            if at is not None
        }

    def checks(self) -> DoorChecks:
        """Return what was checked."""
        names = ("identity_seen_a", "identity_seen_b", "microphones_checked")
        return DoorChecks(**{name: self.cleaned_data[name] for name in names})


class FinishForm(forms.Form):
    """Why a session is closed though it is short. Rule: R-34."""

    short_reason = forms.CharField(
        label=_("Why is it closed like this?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AbandonForm(forms.Form):
    """Why a session is broken off, and whose fault it was. Rule: R-26."""

    fault = forms.ChoiceField(label=_("Whose fault was it?"), choices=Fault.choices, widget=forms.RadioSelect)

    reason = forms.CharField(
        label=_("What happened?"), max_length=MAX_REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 2})
    )


class AssetForm(forms.Form):
    """An audio file of a session and whose voice it holds."""

    speaker = forms.ChoiceField(label=_("Whose voice"), choices=AssetSpeaker.choices)
    file = forms.FileField(
        label=_("Audio file"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".wav,.flac,.m4a,.mp3,.ogg,.opus,.aac"}),
    )


class DayForm(forms.Form):
    """Which day's sessions are listed."""

    day = DayField(label=_("Day"), required=False, widget=DATE)


class PromptFileForm(forms.Form):
    """A prompt set as a JSON file."""

    project = forms.ModelChoiceField(label=_("Project"), queryset=Project.objects.order_by("name"))
    file = forms.FileField(
        label=_("JSON file"), widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"})
    )

    def clean_file(self) -> object:
        """Return the content of the file; refuse what is too large or no JSON."""
        file = self.cleaned_data["file"]
        if file.size > MAX_PROMPT_FILE_BYTES:
            raise ValidationError(_("The file is larger than 1 MB."), code="too_large")
        try:
            return json.loads(file.read().decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This is no JSON file in UTF-8."), code="not_json") from error


# --- samples and reviews ---

# iOS greys out sound files under "audio/*" (WebKit 242110), so endings and types are listed; no `capture`.
SOUND_TYPES = (
    ".m4a,.mp3,.aac,.wav,.amr,.ogg,.opus,.flac,.3gp,.mp4,.webm,"
    "audio/mp4,audio/x-m4a,audio/m4a,audio/mpeg,audio/mp3,audio/aac,audio/aacp,audio/x-aac,audio/wav,audio/x-wav,"
    "audio/vnd.wave,audio/amr,audio/amr-wb,audio/3gpp,audio/ogg,audio/opus,audio/flac,audio/x-flac,audio/webm,"
    "video/mp4,video/3gpp,video/webm"
)
_CHOOSE_VERDICT = _("Choose: approve, reject or unsure.")
_CHOOSE_LAST_WORD = _("Choose: confirm the rejection, or approve the sample.")


class SampleForm(forms.Form):
    """One sound file, or the upload it came by. What it is, the decoder finds out: no name or type is believed."""

    upload = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("Sound file"),
        allow_empty_file=True,  # the rule has better words for it
        widget=forms.ClearableFileInput(attrs={"accept": SOUND_TYPES}),
        help_text=_("M4A, MP3, AAC, WAV, AMR, OGG, OPUS, FLAC, 3GP, MP4 or WEBM."),
        error_messages={"required": _("Choose a file first.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("upload")


class HeardForm(forms.Form):
    """The seconds that a player has played, as in "0,1,2"."""

    seconds = forms.CharField(max_length=6 * 3600)

    def clean_seconds(self) -> list[int]:
        parts = self.cleaned_data["seconds"].split(",")
        if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            raise forms.ValidationError(_("These are no seconds."), code="seconds")
        return [int(part) for part in parts]


class ReasonsForm(forms.Form):
    """The reason codes that reviewers and lead reviewers tick."""

    reasons = forms.MultipleChoiceField(
        label=_("Reasons"),
        choices=[(reason.code, reason.label) for reason in REASONS.values()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("One of the reasons does not exist.")},
    )

    def first_error(self) -> str:
        """Return the first thing that is wrong, "" when nothing is."""
        return next((str(messages[0]) for messages in self.errors.values()), "")


class VoteForm(ReasonsForm):
    """A reviewer's vote; the button that was pressed is the verdict."""

    verdict = forms.ChoiceField(
        choices=Verdict.choices,
        error_messages={"required": _CHOOSE_VERDICT, "invalid_choice": _CHOOSE_VERDICT},
    )
    note = forms.CharField(
        label=_("Note for staff"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CrossReviewForm(ReasonsForm):
    """A lead reviewer's last word."""

    verdict = forms.ChoiceField(
        choices=CrossVerdict.choices,
        error_messages={"required": _CHOOSE_LAST_WORD, "invalid_choice": _CHOOSE_LAST_WORD},
    )
    explanation = forms.CharField(
        label=_("Why"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
