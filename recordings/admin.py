"""The administration of recordings: everything can be looked at; states, votes and logs are written by rules alone."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_site import ReadOnlyAdmin
from recordings.models import (
    Asset,
    Conflict,
    CrossReview,
    Dialogue,
    FingerprintKey,
    GoldSample,
    PlayEvent,
    PromptSet,
    RecordingSession,
    Review,
    ReviewerProfile,
    Reviewing,
    Sample,
    SampleEvent,
    SampleExport,
    SampleFingerprint,
    SampleMatch,
    SamplePlay,
    SessionEvent,
    Take,
    Upload,
    Verdict,
)
from recordings.reasons import REASONS, REFUSALS, reasons_of

# What stands as a code in the log of a sample, in words.
WORDS = {
    **dict(Verdict.choices),
    **{code: refusal.words for code, refusal in REFUSALS.items()},
    **{code: reason.label for code, reason in REASONS.items()},
}


@admin.display(description=_("reason codes"))
def told_reasons(row: Review | CrossReview | GoldSample) -> str:
    """Return the labels of a vote's reasons."""
    return " · ".join(str(reason.label) for reason in reasons_of(row.reasons))


@admin.display(description=_("reason"))
def told_reason(event: SampleEvent) -> str:
    """Return why a sample went on: codes in words, what a person wrote as it stands."""
    if not event.reason:
        return ""
    parts = event.reason.split(", ")
    if WORDS.keys() >= set(parts):
        return " · ".join(str(WORDS[part]) for part in parts)
    return gettext(event.reason)


@admin.display(description=_("refused because"), ordering="refusal")
def told_refusal(sample: Sample) -> str:
    """Return why the machine refused the sample, "" when it did not."""
    return str(REFUSALS[sample.refusal].words) if sample.refusal in REFUSALS else sample.refusal


class LogInline(admin.TabularInline):
    """Rows below the thing they belong to, to be looked at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# --- samples and reviews ---


class SampleEventInline(LogInline):
    model = SampleEvent
    fields = readonly_fields = ("at", "old", "new", "by", "words")
    words = staticmethod(told_reason)


class ReviewInline(LogInline):
    model = Review
    fields = readonly_fields = (
        "reviewer",
        "verdict",
        "words",
        "note",
        "heard_ms",
        "voted_at",
        "stands_at",
        "undone_at",
        "is_gold",
    )
    words = staticmethod(told_reasons)


# A sample's outline is some 10 KB of JSON.
SAMPLE_HEAVY = ("sample__peaks", "sample__regions", "sample__voices")


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """Samples. A file has no address of its own; the review pages play it to who may hear it."""

    list_display = (
        "key",
        "person",
        "project",
        "status",
        "sent_at",
        "duration_ms",
        told_refusal,
        "decided_at",
    )
    list_filter = ("status", "project", "refusal", "sent_at")
    list_select_related = ("person", "project")
    search_fields = ("key", "person__pseudonym", "person__profile__name", "original_sha256", "pcm_sha256")
    exclude = ("original", "preview", "peaks")
    heavy = ("peaks", "regions", "voices")
    inlines = (SampleEventInline, ReviewInline)


@admin.register(SampleEvent)
class SampleEventAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = ("at", "sample", "old", "new", "by", told_reason)
    list_filter = ("new", "at")
    list_select_related = ("sample", "by")
    search_fields = ("sample__key", "sample__person__pseudonym", "reason")


@admin.register(SampleExport)
class SampleExportAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "rows", "filters")
    list_filter = ("at",)
    list_select_related = ("by",)
    search_fields = ("by__pseudonym", "by__profile__name")


@admin.register(SampleMatch)
class SampleMatchAdmin(ReadOnlyAdmin):
    """Which samples sound the same. Reviewers have no access to the administration."""

    heavy = (*SAMPLE_HEAVY, "earlier__peaks", "earlier__regions")
    list_display = ("sample", "earlier", "error_rate", "seconds")
    list_select_related = ("sample", "earlier")
    search_fields = ("sample__key", "earlier__key")


@admin.register(SampleFingerprint)
class SampleFingerprintAdmin(ReadOnlyAdmin):
    heavy = (*SAMPLE_HEAVY, "words")
    exclude = ("words",)
    list_display = ("sample",)
    list_select_related = ("sample",)
    search_fields = ("sample__key",)


@admin.register(FingerprintKey)
class FingerprintKeyAdmin(ReadOnlyAdmin):
    heavy = ("fingerprint__words",)
    list_display = ("fingerprint", "value", "position")
    list_select_related = ("fingerprint",)
    search_fields = ("fingerprint__sample__key",)


@admin.register(SamplePlay)
class SamplePlayAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = ("sample", "listener", "opened_at", "updated_at")
    list_filter = ("opened_at",)
    list_select_related = ("sample", "listener")
    search_fields = ("sample__key", "listener__pseudonym", "listener__profile__name")


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Uploads under way. Their bytes have no address; who sends them ends them, or their time does."""

    list_display = ("key", "person", "project", "offset_bytes", "length_bytes", "touched_at", "expires_at")
    list_filter = ("project", "created_at")
    list_select_related = ("person", "project")
    search_fields = ("key", "person__pseudonym", "person__profile__name")


@admin.register(PlayEvent)
class PlayEventAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = ("minute_at", "sample", "listener", "purpose", "delivery")
    list_filter = ("purpose", "delivery", "minute_at")
    list_select_related = ("sample", "listener")
    search_fields = ("sample__key", "listener__pseudonym", "listener__profile__name")


@admin.register(Reviewing)
class ReviewingAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = ("sample", "reviewer", "assigned_at", "opened_at", "expires_at", "lost_at")
    list_filter = ("is_gold", "assigned_at", "expires_at")
    list_select_related = ("sample", "reviewer")
    search_fields = ("sample__key", "reviewer__pseudonym", "reviewer__profile__name")


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = (
        "sample",
        "reviewer",
        "verdict",
        told_reasons,
        "heard_ms",
        "voted_at",
        "undone_at",
        "is_gold",
    )
    list_filter = ("verdict", "is_gold", "voted_at")
    list_select_related = ("sample", "reviewer")
    search_fields = ("sample__key", "reviewer__pseudonym", "reviewer__profile__name", "note")


@admin.register(CrossReview)
class CrossReviewAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = ("sample", "lead", "verdict", told_reasons, "at")
    list_filter = ("verdict", "at")
    list_select_related = ("sample", "lead")
    search_fields = ("sample__key", "lead__pseudonym", "lead__profile__name", "explanation")


@admin.register(ReviewerProfile)
class ReviewerProfileAdmin(ReadOnlyAdmin):
    list_display = ("person", "languages", "is_active", "weekly_cap", "playback_speed", "plays_at_once")
    list_filter = ("is_active",)
    list_select_related = ("person",)
    search_fields = ("person__pseudonym", "person__profile__name")


@admin.register(Conflict)
class ConflictAdmin(ReadOnlyAdmin):
    list_display = ("at", "staff", "person", "source", "by", "note")
    list_filter = ("source", "at")
    list_select_related = ("staff", "person", "by")
    search_fields = ("staff__pseudonym", "staff__profile__name", "person__pseudonym", "note")


@admin.register(GoldSample)
class GoldSampleAdmin(ReadOnlyAdmin):
    heavy = SAMPLE_HEAVY
    list_display = ("sample", "expected", told_reasons, "set_by", "set_at", "retired_at")
    list_filter = ("expected", "set_at", "retired_at")
    list_select_related = ("sample", "set_by")
    search_fields = ("sample__key", "set_by__pseudonym", "set_by__profile__name", "explanation")


# --- prompts and sessions ---


class DialogueInline(LogInline):
    model = Dialogue
    fields = ("number", "situation", "prompt_words", "lines")


@admin.register(PromptSet)
class PromptSetAdmin(ReadOnlyAdmin):
    """What is said in the studio. Managers add sets from files: a set that a session used must stay what was said."""

    list_display = ("name", "project", "is_active")
    list_filter = ("project", "is_active")
    list_select_related = ("project",)
    search_fields = ("name", "project__name")
    inlines = (DialogueInline,)


@admin.register(Dialogue)
class DialogueAdmin(ReadOnlyAdmin):
    list_display = ("number", "situation", "prompt_set")
    list_filter = ("prompt_set",)
    list_select_related = ("prompt_set",)
    search_fields = ("situation", "prompt_set__name")
    ordering = ("-prompt_set_id", "number")


class TakeInline(LogInline):
    model = Take
    fields = (
        "dialogue_number",
        "take_number",
        "opener",
        "started_at",
        "ended_at",
        "is_kept",
        "retake_reason",
    )


class AssetInline(LogInline):
    model = Asset
    fields = ("key", "speaker", "status", "file_bytes", "duration_ms", "added_at", "added_by", "problem")


@admin.register(RecordingSession)
class RecordingSessionAdmin(ReadOnlyAdmin):
    list_display = ("key", "booking", "status", "opened_at", "closed_at", "free_talk_ms", "dialogues_done")
    list_filter = ("status", "booking__project", "opened_at")
    list_select_related = ("booking__slot", "booking__pair")
    search_fields = (
        "key",
        "booking__pair__person_a__pseudonym",
        "booking__pair__person_b__pseudonym",
        "opened_by__pseudonym",
    )
    inlines = (AssetInline, TakeInline)


@admin.register(SessionEvent)
class SessionEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "operator_at", "session", "kind", "by")
    list_filter = ("kind", "received_at")
    list_select_related = ("session", "by")
    search_fields = ("session__key", "client_id", "by__pseudonym")


@admin.register(Take)
class TakeAdmin(ReadOnlyAdmin):
    list_display = ("session", "dialogue_number", "take_number", "opener", "is_kept", "retake_reason")
    list_filter = ("is_kept", "retake_reason")
    list_select_related = ("session",)
    search_fields = ("session__key",)
    ordering = ("-session_id", "dialogue_number", "take_number")


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = ("key", "session", "speaker", "status", "duration_ms", "added_at", "problem")
    list_filter = ("status", "speaker", "added_at")
    list_select_related = ("session",)
    search_fields = ("key", "session__key", "file_sha256")
    exclude = ("file",)
