"""What a session still lacks before it can be closed. Rules: R-27, R-34."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recordings.models import AssetSpeaker, AssetStatus, RecordingSession
from recordings.progress import Progress

MS_PER_MINUTE = 60_000

FREE_TALK, DIALOGUES, AUDIO_A, AUDIO_B = "free_talk", "dialogues", "audio_a", "audio_b"

Shortfall = dict[str, Any]


def find_shortfall(session: RecordingSession, *, progress: Progress) -> list[Shortfall]:
    """
    Return what is short, in a fixed order; nothing when the session is complete.

    A file that is still being measured counts as there; one that turned out
    unusable does not. Rules: R-27, R-34.
    """
    project = session.booking.project
    need_ms = project.free_talk_minutes * MS_PER_MINUTE
    short: list[Shortfall] = []
    if progress.free_talk_ms < need_ms:
        short.append({"code": FREE_TALK, "have": progress.free_talk_ms, "need": need_ms})
    if len(progress.done) < project.dialogue_count:
        short.append({"code": DIALOGUES, "have": len(progress.done), "need": project.dialogue_count})
    speakers = speakers_with_audio(session)
    short += [{"code": code} for code, speaker in ((AUDIO_A, "A"), (AUDIO_B, "B")) if speaker not in speakers]
    return short


def speakers_with_audio(session: RecordingSession) -> frozenset[str]:
    """Return the speakers, "A" and "B", of whom an audio file is attached that can be used (one query)."""
    found = session.assets.exclude(status=AssetStatus.UNUSABLE).values_list("speaker", flat=True).distinct()
    letters = {letter for speaker in found for letter in AssetSpeaker(speaker).value}
    return frozenset(letters)


def describe_shortfall(item: Shortfall) -> str:
    """Return one thing that is short in words."""
    code = item["code"]
    if code == FREE_TALK:
        missing = item["need"] - item["have"]
        return _("Free conversation: %(minutes)s of %(need)s, %(missing)s missing") % {
            "minutes": clock_words(item["have"]),
            "need": clock_words(item["need"]),
            "missing": clock_words(missing),
        }
    if code == DIALOGUES:
        missing = item["need"] - item["have"]
        return ngettext("%(count)d dialogue is missing", "%(count)d dialogues are missing", missing) % {
            "count": missing
        }
    speaker = "A" if code == AUDIO_A else "B"
    return _("No usable audio file of speaker %(speaker)s") % {"speaker": speaker}


def clock_words(ms: int) -> str:
    """Return a span as mm:ss; minutes go on past 59."""
    seconds = ms // 1000
    return f"{seconds // 60:02d}:{seconds % 60:02d}"
