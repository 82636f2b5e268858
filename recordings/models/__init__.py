"""The rows of recordings, a module for each noun."""

from recordings.models.asset import Asset, AssetProblem, AssetSpeaker, AssetStatus
from recordings.models.desk import Conflict, ConflictSource, GoldSample, GoldVerdict, ReviewerProfile
from recordings.models.fingerprint import FingerprintKey, SampleFingerprint, SampleMatch
from recordings.models.play import Delivery, PlayEvent, PlayPurpose
from recordings.models.prompt import Dialogue, PromptSet
from recordings.models.review import CrossReview, CrossVerdict, Review, Reviewing, Verdict
from recordings.models.sample import (
    LIVE_SAMPLE_STATUSES,
    Sample,
    SampleEvent,
    SampleExport,
    SamplePlay,
    SampleStatus,
)
from recordings.models.session import RecordingSession, SessionEvent, SessionEventKind, SessionStatus
from recordings.models.take import RetakeReason, Take
from recordings.models.upload import Upload

__all__ = [
    "LIVE_SAMPLE_STATUSES",
    "Asset",
    "AssetProblem",
    "AssetSpeaker",
    "AssetStatus",
    "Conflict",
    "ConflictSource",
    "CrossReview",
    "CrossVerdict",
    "Delivery",
    "Dialogue",
    "FingerprintKey",
    "GoldSample",
    "GoldVerdict",
    "PlayEvent",
    "PlayPurpose",
    "PromptSet",
    "RecordingSession",
    "RetakeReason",
    "Review",
    "ReviewerProfile",
    "Reviewing",
    "Sample",
    "SampleEvent",
    "SampleExport",
    "SampleFingerprint",
    "SampleMatch",
    "SamplePlay",
    "SampleStatus",
    "SessionEvent",
    "SessionEventKind",
    "SessionStatus",
    "Take",
    "Upload",
    "Verdict",
]
