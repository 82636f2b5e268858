"""A project: what is recorded, and every figure of the rules."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Scope


def default_consent_scopes() -> list[str]:
    """Return the scopes a booking needs unless the project says otherwise. Rule: R-4."""
    return [Scope.RECORD.value, Scope.SHARE.value]


def default_escalation_hours() -> list[int]:
    """Return the hours before the start at which managers are told again that staff is missing. Rule: R-19."""
    return [48, 24]


def default_reminder_hours() -> list[int]:
    """Return the hours before the start at which people are reminded. Rule: R-25."""
    return [48, 3]


class SpokenLanguage(models.TextChoices):
    """What is spoken in a project: the codes of ISO 639-3."""

    MANDARIN = "cmn", _("Mandarin")
    CANTONESE = "yue", _("Cantonese")
    WU = "wuu", _("Wu (Shanghainese)")
    MIN_NAN = "nan", _("Southern Min")
    HAKKA = "hak", _("Hakka")
    # Named like the others; the switch of the interface calls it by its own name in every language.
    ENGLISH = "eng", pgettext_lazy("spoken language", "English")


class Project(models.Model):
    """One collection of recordings. Each number of `docs/rules.md` is a field here, with the rule's default."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("short name"), unique=True)
    is_open = models.BooleanField(_("open to participants"), default=True)
    spoken_language = models.CharField(
        _("spoken language"),
        max_length=3,
        choices=SpokenLanguage.choices,
        default=SpokenLanguage.MANDARIN,
        help_text="R-7",
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    min_age_years = models.PositiveSmallIntegerField(_("minimum age (years)"), default=18, help_text="R-3")
    consent_scopes = models.JSONField(
        _("consents a booking needs"), default=default_consent_scopes, help_text="R-4"
    )

    sample_min_s = models.PositiveIntegerField(_("sample, shortest (s)"), default=120, help_text="R-5")
    sample_max_s = models.PositiveIntegerField(_("sample, longest (s)"), default=180, help_text="R-5")
    sample_grace_s = models.PositiveIntegerField(_("sample, grace each side (s)"), default=5, help_text="R-5")
    sample_min_speech_share = models.FloatField(
        _("sample, refused below this speech share"), default=0.35, help_text="R-6"
    )
    sample_mark_speech_share = models.FloatField(
        _("sample, marked below this speech share"), default=0.55, help_text="R-6"
    )
    sample_min_loudness_lufs = models.FloatField(
        _("sample, refused below this loudness (LUFS)"), default=-45, help_text="R-6"
    )
    sample_mark_low_lufs = models.FloatField(
        _("sample, marked below this loudness (LUFS)"), default=-32, help_text="R-6"
    )
    sample_mark_high_lufs = models.FloatField(
        _("sample, marked above this loudness (LUFS)"), default=-12, help_text="R-6"
    )
    sample_max_clipped_share = models.FloatField(
        _("sample, refused from this clipped share"), default=0.005, help_text="R-6"
    )
    sample_mark_clipped_share = models.FloatField(
        _("sample, marked from this clipped share"), default=0.0001, help_text="R-6"
    )
    # A lossy codec smooths clipped tops away: 1 % at the source shows as 0.025 to 0.18 % after it.
    sample_max_clipped_share_lossy = models.FloatField(
        _("sample in a lossy codec, refused from this clipped share"), default=0.0005, help_text="R-6"
    )
    # The same sound in another format differs in up to 0.16, other sounds in 0.42 and more.
    sample_refuse_alike = models.FloatField(
        _("sample, refused when this alike to another person's (share of differing bits)"),
        default=0.10,
        help_text="R-6",
    )
    sample_mark_alike = models.FloatField(
        _("sample, marked when this alike to an earlier one (share of differing bits)"),
        default=0.25,
        help_text="R-6",
    )
    sample_alike_s = models.PositiveSmallIntegerField(
        _("samples are alike from this length in common (s)"),
        default=25,
        validators=[MinValueValidator(5)],
        help_text="R-6",
    )
    sample_refuses_extremes = models.BooleanField(
        _("sample, extreme noise, distortion or damage is refused, not marked"), default=True, help_text="R-6"
    )
    sample_min_snr_db = models.FloatField(
        _("sample, refused below this distance of speech and noise (dB)"), default=10, help_text="R-6"
    )
    sample_mark_snr_db = models.FloatField(
        _("sample, marked below this distance of speech and noise (dB)"), default=20, help_text="R-6"
    )
    sample_min_quality_mos = models.FloatField(
        _("sample, refused below this quality (1 to 5)"), default=2.2, help_text="R-6"
    )
    sample_poor_quality_mos = models.FloatField(
        _("sample, marked as poor below this quality (1 to 5)"), default=2.6, help_text="R-6"
    )
    sample_mark_quality_mos = models.FloatField(
        _("sample, marked as doubtful below this quality (1 to 5)"), default=3.0, help_text="R-6"
    )
    # A telephone's band ends between 3.4 and 4 kHz, and a telephone is what many people have.
    sample_min_band_hz = models.PositiveIntegerField(
        _("sample, refused when the sound ends below (Hz)"), default=3_300, help_text="R-6"
    )
    sample_mark_band_hz = models.PositiveIntegerField(
        _("sample, marked when the sound is cut off below (Hz)"), default=7_000, help_text="R-6"
    )
    sample_mark_band_drop_db = models.FloatField(
        _("sample, it is cut off when it falls by (dB)"), default=30, help_text="R-6"
    )
    sample_mark_dominant_share = models.FloatField(
        _("sample, marked when one voice has more than this share"), default=0.75, help_text="R-6"
    )

    reviewers_per_sample = models.PositiveSmallIntegerField(
        _("reviewers per sample"), default=3, help_text="R-7"
    )
    votes_to_decide = models.PositiveSmallIntegerField(
        _("equal votes that decide"), default=2, help_text="R-9"
    )
    approval_heard_percent = models.PositiveSmallIntegerField(
        _("heard before approval (%)"), default=90, validators=[MaxValueValidator(100)], help_text="R-12"
    )
    rejection_heard_s = models.PositiveSmallIntegerField(
        _("heard before rejection (s)"), default=3, help_text="R-12"
    )
    vote_undo_s = models.PositiveSmallIntegerField(
        _("a vote can be undone for (s)"), default=8, help_text="R-12"
    )
    review_hold_minutes = models.PositiveSmallIntegerField(
        _("a reviewer keeps a sample for (min)"), default=15, help_text="R-7"
    )
    assignment_hours = models.PositiveSmallIntegerField(
        _("a sample waits for its reviewer alone (h)"), default=24, help_text="R-7"
    )
    gold_every = models.PositiveSmallIntegerField(
        _("one gold sample in (votes; 0: none)"), default=20, help_text="R-44"
    )
    retry_after_days = models.PositiveSmallIntegerField(
        _("days until a new sample"), default=7, help_text="R-13"
    )
    max_samples = models.PositiveSmallIntegerField(_("samples in all"), default=3, help_text="R-13")
    max_refused_samples_per_day = models.PositiveSmallIntegerField(
        _("samples a day that the machine may refuse"), default=10, help_text="R-13"
    )

    invitation_hours = models.PositiveSmallIntegerField(
        _("an invitation lives (h)"), default=48, help_text="R-16"
    )
    max_invitations_per_day = models.PositiveSmallIntegerField(
        _("invitations from the board a day"), default=5, help_text="R-16"
    )
    # Each of these people waits for an answer: more than ten nobody reads, and an SMS would be worth nothing.
    max_open_invitations = models.PositiveSmallIntegerField(
        _("invitations that wait for one person's answer"), default=10, help_text="R-16"
    )
    board_entry_days = models.PositiveSmallIntegerField(
        _("a board entry lives (days)"), default=14, help_text="R-16"
    )
    max_sessions_per_pair = models.PositiveSmallIntegerField(
        _("sessions per pair"), default=3, help_text="R-17"
    )
    max_sessions_per_person = models.PositiveSmallIntegerField(
        _("sessions per person"), default=6, help_text="R-17"
    )

    slot_minutes = models.PositiveSmallIntegerField(_("a slot lasts (min)"), default=180, help_text="R-18")
    turnover_minutes = models.PositiveSmallIntegerField(
        _("between two slots (min)"), default=30, help_text="R-18"
    )
    min_staff = models.PositiveSmallIntegerField(_("staff per slot"), default=2, help_text="R-19")
    escalation_hours = models.JSONField(
        _("managers told again of missing staff (h before)"),
        default=default_escalation_hours,
        help_text="R-19",
    )
    hold_minutes = models.PositiveSmallIntegerField(_("a slot is held (min)"), default=10, help_text="R-21")
    partner_answer_hours = models.PositiveSmallIntegerField(
        _("partner answers within (h)"), default=24, help_text="R-21"
    )
    booking_opens_days = models.PositiveSmallIntegerField(
        _("booking opens (days ahead)"), default=14, help_text="R-22"
    )
    booking_closes_hours = models.PositiveSmallIntegerField(
        _("booking closes (h ahead)"), default=24, help_text="R-22"
    )
    max_live_bookings = models.PositiveSmallIntegerField(
        _("live bookings per pair"), default=2, help_text="R-22"
    )
    free_cancel_hours = models.PositiveSmallIntegerField(
        _("free cancelling until (h)"), default=24, help_text="R-23"
    )
    reminder_hours = models.JSONField(
        _("reminders (h before)"), default=default_reminder_hours, help_text="R-25"
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("a freed slot is offered for (h)"), default=2, help_text="R-24"
    )
    offer_soon_hours = models.PositiveSmallIntegerField(
        _("a start is soon within (h)"), default=48, help_text="R-24"
    )
    offer_soon_minutes = models.PositiveSmallIntegerField(
        _("offered for, when it starts soon (min)"), default=30, help_text="R-24"
    )
    max_wishes = models.PositiveSmallIntegerField(
        _("wishes per pair in a draw"), default=5, validators=[MinValueValidator(1)], help_text="R-45"
    )
    release_fixed_minutes = models.PositiveSmallIntegerField(
        _("a release moment is fixed before it (min)"), default=10, help_text="R-45"
    )
    release_grace_minutes = models.PositiveSmallIntegerField(
        _("slots open after the moment, draw or no draw (min)"), default=10, help_text="R-45"
    )
    max_waiting_entries = models.PositiveSmallIntegerField(
        _("waiting lists per pair"), default=5, help_text="R-24"
    )
    waiting_places = models.PositiveSmallIntegerField(
        _("pairs on a waiting list"), default=20, validators=[MaxValueValidator(50)], help_text="R-24"
    )
    seat_hours = models.PositiveSmallIntegerField(
        _("an open seat waits for a partner (h)"),
        default=48,
        validators=[MinValueValidator(1)],
        help_text="R-46",
    )
    quiet_from_hour = models.PositiveSmallIntegerField(
        _("no messages from (hour of the day)"),
        default=21,
        validators=[MaxValueValidator(23)],
        help_text="R-25",
    )
    quiet_to_hour = models.PositiveSmallIntegerField(
        _("no messages until (hour of the day)"),
        default=8,
        validators=[MaxValueValidator(23)],
        help_text="R-25",
    )
    late_after_minutes = models.PositiveSmallIntegerField(_("late after (min)"), default=15, help_text="R-26")
    no_shows_to_suspend = models.PositiveSmallIntegerField(
        _("no-shows that suspend"), default=2, help_text="R-26"
    )

    free_talk_minutes = models.PositiveSmallIntegerField(
        _("free conversation (min)"), default=80, help_text="R-27"
    )
    dialogue_count = models.PositiveSmallIntegerField(_("scripted dialogues"), default=60, help_text="R-27")
    topic_max_minutes = models.PositiveSmallIntegerField(
        _("a topic lasts at most (min)"), default=10, help_text="R-28"
    )
    monologue_max_s = models.PositiveSmallIntegerField(
        _("longest monologue (s)"), default=60, help_text="R-28"
    )
    share_min_percent = models.PositiveSmallIntegerField(
        _("speaks at least (%)"), default=35, help_text="R-28"
    )
    share_max_percent = models.PositiveSmallIntegerField(
        _("speaks at most (%)"), default=65, help_text="R-28"
    )
    may_improvise_lines = models.BooleanField(
        _("lines around prompt words may be improvised"), default=True, help_text="R-29"
    )

    rate_fen = models.PositiveIntegerField(
        _("pay per session and person (fen)"), default=30000, help_text="R-36"
    )
    show_up_fee_divisor = models.PositiveSmallIntegerField(
        _("show-up fee: the pay divided by"), default=3, validators=[MinValueValidator(1)], help_text="R-26"
    )
    appeal_days = models.PositiveSmallIntegerField(_("days to appeal"), default=7, help_text="R-39")

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [
            models.CheckConstraint(
                condition=Q(sample_min_s__lte=F("sample_max_s")), name="sample_shortest_is_not_over_longest"
            ),
            models.CheckConstraint(
                condition=Q(votes_to_decide__lte=F("reviewers_per_sample")),
                name="votes_that_decide_are_not_over_reviewers",
            ),
            models.CheckConstraint(condition=Q(min_staff__gte=1), name="a_session_has_staff"),
            models.CheckConstraint(
                condition=Q(show_up_fee_divisor__gte=1), name="show_up_fee_is_at_most_the_pay"
            ),
        ]

    def __str__(self) -> str:
        return self.name
