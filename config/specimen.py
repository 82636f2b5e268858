"""Made-up content for the specimen page of the design, /design/ under DEBUG. Not translated: developers read it."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.contrib.messages import constants as levels
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator

SPRITE = settings.BASE_DIR / "static" / "img" / "icons.svg"
INKS = ("ink", "ink-quiet", "accent", "ok", "warn", "bad", "voice-a", "voice-b")
PAPERS = (
    "paper",
    "surface",
    "sunken",
    "line",
    "accent-soft",
    "ok-soft",
    "warn-soft",
    "bad-soft",
    "voice-a-soft",
    "voice-b-soft",
)
BADGES = (
    ("ok", "Approved"),
    ("wait", "Waiting for partner"),
    ("warn", "One staff short"),
    ("bad", "Rejected"),
    ("info", "Draft"),
    ("next", "Yours"),
    ("a", "A begins"),
    ("b", "B begins"),
)
STEPS = (
    {"label": "Sample sent", "state": "done", "text": "12 May, 2 min 31 s"},
    {"label": "In review", "state": "current", "text": "1 of 2 approvals"},
    {"label": "Find a partner", "state": "todo", "text": ""},
    {"label": "First session", "state": "todo", "text": ""},
)
ROWS = (
    ("S-7K3Q9XWA", "S-R2M8TC4D", "Shanghai · Booth 2", "ok", "Confirmed", "600.00"),
    ("S-9HW3VPQ6", "S-4JKX7B2N", "Chengdu · Booth 1", "wait", "Waiting for partner", "600.00"),
    ("S-F5TYC82M", "S-XQ6D3R9K", "Hangzhou · Booth 1", "bad", "Cancelled", "0.00"),
)


class SpecimenForm(forms.Form):
    name = forms.CharField(label="Full name", help_text="As it stands on your ID.")
    phone = forms.CharField(
        label="Mobile number", widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
    )
    city = forms.ChoiceField(
        label="City", choices=[("", "Choose a city"), ("sh", "Shanghai"), ("cd", "Chengdu")]
    )
    birth_on = forms.DateField(
        label="Birth date", widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    sex = forms.ChoiceField(label="Sex", choices=[("f", "Female"), ("m", "Male")], widget=forms.RadioSelect)
    topics = forms.MultipleChoiceField(
        label="Topics",
        choices=[("food", "Food"), ("films", "Films")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    file = forms.FileField(label="Sample", help_text="2 to 3 minutes of talk.", required=False)
    agree = forms.BooleanField(label="I agree that my voice is recorded and transcribed.")


def specimen_context(query: Mapping[str, str], *, now: datetime) -> dict[str, object]:
    """Return everything the specimen shows. `?errors` fills the form wrongly, `?desk` takes the staff frame."""
    return {
        "frame": "desk.html" if "desk" in query else "portal.html",
        "inks": INKS,
        "papers": PAPERS,
        "badges": BADGES,
        "icons": re.findall(r'symbol id="([^"]+)"', SPRITE.read_text()),
        "steps": STEPS,
        "rows": ROWS,
        "form": SpecimenForm({"phone": "12"} if "errors" in query else None),
        "until": now + timedelta(minutes=4, seconds=32),
        "slot_at": now + timedelta(days=3),
        "pages": Paginator(range(120), 25).page(2),
        "notes": [
            Message(levels.SUCCESS, "The booking is confirmed. Both of you get a reminder two days before."),
            Message(levels.WARNING, "Your partner has until 18:00 to say yes."),
            Message(levels.ERROR, "This slot was taken a moment ago. Three others nearby are free."),
            Message(levels.INFO, "Codes are valid for five minutes."),
        ],
    }
