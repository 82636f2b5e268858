"""
Why a sample was not accepted: codes, and the words for staff and for participants.

Reviewers choose among REASONS (Rule: R-11); the machine refuses with a code of
REFUSALS and marks with a code of MARKS (Rule: R-6). Codes are stored and never change.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recordings.models import Sample


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A reviewer's reason: `words` say to the participant what was wrong, `advice` what to do about it."""

    code: str
    label: str | Promise
    words: str | Promise
    advice: str | Promise
    may_retry: bool = True


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The machine's reason, in words for the participant."""

    code: str
    words: str | Promise
    advice: str | Promise


OTHER = "other"

# The first nine have the keys 1 to 9 in the review, so the most common come first.
_REASONS = [
    Reason(
        code="noise",
        label=_("Noise"),
        words=_("There is too much noise in the background."),
        advice=_("Choose a quiet room, close the windows and switch off fans."),
    ),
    Reason(
        code="echo",
        label=_("Echo"),
        words=_("The room echoes."),
        advice=_("Record in a smaller room with curtains, a bed or a sofa."),
    ),
    Reason(
        code="too_quiet",
        label=_("Too quiet"),
        words=_("The voices are too quiet."),
        advice=_("Lay the phone between you, no more than an arm away."),
    ),
    Reason(
        code="one_voice",
        label=_("One voice only"),
        words=_("We hear only one person talking."),
        advice=_("Two people must talk with each other, both about equally."),
    ),
    Reason(
        code="reading_aloud",
        label=_("Reading aloud"),
        words=_("It sounds like reading from a text."),
        advice=_("Put the notes away and talk as you do with a friend."),
    ),
    Reason(
        code="not_lively",
        label=_("Not lively"),
        words=_("The talk is not lively enough."),
        advice=_("Choose something that you both care about and let each other feel it."),
    ),
    Reason(
        code="nothing_to_say",
        label=_("Nothing to say"),
        words=_("There are long pauses, or little is said."),
        advice=_("Agree on a topic first: a trip, a film, a story from work."),
    ),
    Reason(
        code="clipping",
        label=_("Clipping"),
        words=_("The sound is distorted because it is too loud."),
        advice=_("Keep the phone further away from your mouths."),
    ),
    Reason(
        code="music_or_tv",
        label=_("Music or TV"),
        words=_("Music or a television plays in the background."),
        advice=_("Switch it off and record again."),
    ),
    Reason(
        code="many_voices",
        label=_("More than two voices"),
        words=_("More than two people talk."),
        advice=_("Record where nobody else is in the room."),
    ),
    Reason(
        code="wrong_language",
        label=_("Wrong language"),
        words=_("The talk is not in the language of this project."),
        advice=_("Talk in the language that the project asks for."),
    ),
    Reason(
        code="codec_damage",
        label=_("Codec damage"),
        words=_("The sound is damaged, as after too much compression."),
        advice=_("Record with the phone's own recorder in the best quality and send that file."),
    ),
    Reason(
        code="wrong_length",
        label=_("Too short or too long"),
        words=_("The talk itself is too short or too long."),
        advice=_("Talk for two to three minutes from beginning to end."),
    ),
    Reason(
        code="private_data",
        label=_("Private data spoken"),
        words=_("Something private is said, such as a full name, a phone number or an address."),
        advice=_("Record again without anything that says who you are."),
    ),
    Reason(
        code="synthetic",
        label=_("Synthetic or played-back voice"),
        words=_("The voices sound made by a computer or played from another device."),
        advice=_("Only a live talk of two people can be accepted."),
        may_retry=False,
    ),
    Reason(
        code="unplayable",
        label=_("Unplayable"),
        words=_("The recording cannot be played to the end."),
        advice=_("Record again and listen to it before you send it."),
    ),
    Reason(
        code=OTHER,
        label=_("Other"),
        words=_("The reviewers found another problem."),
        advice=_("Listen to your recording once more before you record a new one."),
    ),
]
REASONS: dict[str, Reason] = {reason.code: reason for reason in _REASONS}

_NOT_SOUND = _("Send a sound file, for example M4A, MP3, WAV or AMR, or record here in the page.")
_AGAIN = _("Record again, listen to it, and send it once more.")
_REFUSALS = [
    Refusal(code="empty", words=_("The file is empty."), advice=_AGAIN),
    Refusal(code="not_audio", words=_("This is not a sound file."), advice=_NOT_SOUND),
    Refusal(code="no_sound_track", words=_("The file has no sound."), advice=_NOT_SOUND),
    Refusal(code="unsupported_codec", words=_("We cannot read this kind of sound file."), advice=_NOT_SOUND),
    Refusal(code="bad_format", words=_("The sound has a format that we cannot use."), advice=_NOT_SOUND),
    Refusal(code="unplayable", words=_("The file is damaged and cannot be played."), advice=_AGAIN),
    Refusal(
        code="truncated",
        words=_("The file ends too early: a part of it is missing."),
        advice=_("Send the file once more, or record again."),
    ),
    Refusal(code="decode_timeout", words=_("We could not read this file in time."), advice=_AGAIN),
    Refusal(code="decode_memory", words=_("This file is too big to be read."), advice=_AGAIN),
    Refusal(code="decode_crashed", words=_("We could not read this file."), advice=_AGAIN),
    Refusal(
        code="file_lost",
        words=_("Your file was lost on our side. We are sorry."),
        advice=_("Send it once more: this does not count as a try."),
    ),
    Refusal(
        code="too_short",
        words=_("Your recording is too short."),
        advice=_("Talk until the clock on your phone is in the range, then stop."),
    ),
    Refusal(
        code="too_long",
        words=_("Your recording is too long."),
        advice=_("Record a new one and stop in time. Please do not cut a longer one."),
    ),
    Refusal(
        code="silent",
        words=_("We hear nothing in your recording."),
        advice=_("Check that the microphone is free and allowed, then record again."),
    ),
    Refusal(
        code="too_quiet",
        words=_("Your recording is too quiet."),
        advice=_("Lay the phone between you, no more than an arm away."),
    ),
    Refusal(
        code="little_speech",
        words=_("There is too little talking in your recording."),
        advice=_("Talk with each other for most of the time."),
    ),
    Refusal(
        code="clipped",
        words=_("Your recording is distorted because it is too loud."),
        advice=_("Keep the phone further away from your mouths."),
    ),
    Refusal(
        code="noisy",
        words=_("There is too much noise in your recording."),
        advice=_("Choose a quiet room, close the windows and switch off fans."),
    ),
    Refusal(
        code="narrow_band",
        words=_("Your recording sounds muffled: all high tones are missing."),
        advice=_("Take the phone out of its case or pocket and use its own recorder, not a call."),
    ),
    Refusal(
        code="poor_quality",
        words=_("The voices in your recording cannot be heard clearly."),
        advice=_("Record in a quiet room, close to the phone, in the recorder's best quality."),
    ),
    Refusal(
        code="duplicate",
        words=_("Somebody else has sent this recording already."),
        advice=_("Send a recording of your own. If you recorded it together, each of you needs one."),
    ),
]
REFUSALS: dict[str, Refusal] = {refusal.code: refusal for refusal in _REFUSALS}

# What a column of a project's seconds can hold.
MOST_SECONDS = 2**31 - 1

MARKS: dict[str, str | Promise] = {
    "little_speech": _("Little speech"),
    "quiet": _("Quiet"),
    "loud": _("Loud"),
    "clipped": _("Clipped"),
    "alike": _("Sounds like another sample"),
    "sent_before": _("Sent before"),
    "noisy": _("Noisy"),
    "noise_unknown": _("Noise unknown: no pauses"),
    "poor_quality": _("Poor quality"),
    "doubtful_quality": _("Doubtful quality"),
    "narrow_band": _("Telephone band"),
    "upsampled": _("Cut off: was narrow once"),
    "one_sided": _("One-sided (estimate)"),
    "longer_than_declared": _("Longer than declared"),
}


def may_retry(codes: Iterable[str]) -> bool:
    """Return whether these reasons allow a new try: one that does not is enough to forbid it. Rule: R-11."""
    return all(REASONS[code].may_retry for code in codes)


def reasons_of(codes: Iterable[str]) -> list[Reason]:
    """Return the reasons of stored codes, in the order of the list."""
    chosen = set(codes)
    return [reason for reason in _REASONS if reason.code in chosen]


def refusal_words(sample: Sample) -> str:
    """Return why the machine refused the sample, with the measured length where that is the reason. Rule: R-5."""
    refusal = REFUSALS[sample.refusal]
    if sample.refusal not in {"too_short", "too_long"}:
        return str(refusal.words)
    limits = {
        "least": minutes_and_seconds(sample.project.sample_min_s),
        "most": minutes_and_seconds(sample.project.sample_max_s),
    }
    if sample.duration_ms is None:
        return gettext("Your recording is too long; it must be between %(least)s and %(most)s.") % limits
    length = minutes_and_seconds(_away_from_limit_s(sample.duration_ms, refusal=sample.refusal))
    return _length_words(length=length, **limits)


def longest_refusal() -> str:
    """Return the longest words and advice that a refusal can have, in the language that is active."""
    most = minutes_and_seconds(MOST_SECONDS)
    told = [f"{one.words} {one.advice}" for one in _REFUSALS]
    lengths = _length_words(length=most, least=most, most=most)
    told += [f"{lengths} {REFUSALS[code].advice}" for code in ("too_short", "too_long")]
    return max(told, key=len)


def _length_words(*, length: str, least: str, most: str) -> str:
    words = gettext("Your recording is %(length)s long; it must be between %(least)s and %(most)s.")
    return words % {"length": length, "least": least, "most": most}


def minutes_and_seconds(seconds: int) -> str:
    """Return 110 as 1:50."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def _away_from_limit_s(duration_ms: int, *, refusal: str) -> int:
    """Round away from the limit that was missed: 1:54.9 is not told as 1:55, nor 3:05.2 as 3:05."""
    return -(-duration_ms // 1000) if refusal == "too_long" else duration_ms // 1000
