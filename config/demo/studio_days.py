"""The demo's pairs, bookings and sessions: held, confirmed, attended and recorded by the rules."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from django.core.files.base import File
from django.db.models import Exists, OuterRef
from django_q.models import OrmQ

from accounts.models import User
from config.demo.crowd import Walker
from config.demo.news import tell_of_booking
from config.demo.places import Stage
from config.demo.voices import RATE_HZ
from recordings.assets import attach_asset, measure_asset
from recordings.audio.encode import write_audio
from recordings.audio.synthesis import make_conversation
from recordings.doors import DoorChecks
from recordings.events import NewEvent
from recordings.models import RecordingSession, RetakeReason, SessionEventKind
from recordings.runs import append_events, complete_session, receive_pair
from scheduling.bookings import accept_booking, cancel_booking
from scheduling.holds import confirm_hold, hold_slot
from scheduling.models import AttendanceOutcome, Booking, Pair, Slot
from scheduling.pair_codes import invite_partner, join_pair
from scheduling.rota import staff_count

TOPICS = (
    "小时候的夏天",
    "第一份工作",
    "做饭翻车的经历",
    "最近看的电影",
    "搬家的故事",
    "旅行中的意外",
    "邻居们",
    "如果不上班",
)
DOOR = DoorChecks(identity_seen_a=True, identity_seen_b=True, microphones_checked=True)
# The files of the demo's sessions are short: they show the way, not three hours of it.
ASSET_S = 30


def pair_up(walkers: Sequence[Walker], *, stage: Stage, now: datetime) -> list[tuple[Pair, Walker]]:
    """Let neighbours pair by a code, and return each pair with the fate it shares."""
    pairs = []
    for one, other in zip(walkers[::2], walkers[1::2], strict=False):
        at = max(one.joined_at, other.joined_at) + timedelta(days=4)
        invitation = invite_partner(one.person, project=stage.project, now=at)
        pairs.append((join_pair(invitation.code, by=other.person, now=at + timedelta(hours=1)), one))
    return pairs


def live_through(
    pairs: Sequence[tuple[Pair, Walker]], *, stage: Stage, past: tuple[datetime, datetime], now: datetime
) -> None:
    """
    Let each pair do what its fate says: ask, book, cancel late, stay away, or record.

    What has happened already happened between the two times of `past`.
    """
    random = Random(11)
    over, coming = _past_slots(stage, past=past), _coming_slots(stage, now=now)
    for index, (pair, walker) in enumerate(pairs):
        if walker.fate in {"recorded", "no_show", "cancelled_late"}:
            booking = _book(next(over[walker.city]), pair=pair, days_before=5)
            _end_past_booking(booking, fate=walker.fate, stage=stage, random=random, is_short=index % 5 == 4)
        elif walker.fate == "booked":
            booking = _book(next(coming[walker.city]), pair=pair, at=now - timedelta(hours=20))
            tell_of_booking(booking, until=now)
        elif walker.fate == "asked":
            booking = _ask(next(coming[walker.city]), pair=pair, at=now - timedelta(hours=2))
            tell_of_booking(booking, until=now)
    # What the worker was asked to do has just been done here.
    OrmQ.objects.all().delete()


def record_now(pair: Pair, *, slot: Slot, now: datetime) -> None:
    """Let the pair be in the middle of its free conversation."""
    booking = _book(slot, pair=pair, days_before=3)
    operator = slot.shifts.select_related("person").order_by("pk")[0].person
    session = _receive(booking, slot=slot, operator=operator, comes=True, random=Random(3))
    if session is not None:
        begun_at = slot.starts_at + timedelta(minutes=5)
        said = [event for event in _free_talk(begun_at, random=Random(3)) if event.at < now]
        append_events(session, said, by=operator, now=now)


def miss_again(pair: Pair, *, stage: Stage, now: datetime) -> bool:
    """Let the pair book once more and B stay away again, in the last days; return whether there was a slot."""
    taken = Booking.objects.filter(slot=OuterRef("pk"))
    free = Slot.objects.filter(
        ~Exists(taken),
        project=stage.project,
        starts_at__gt=now - timedelta(days=2),
        ends_at__lt=now - timedelta(hours=1),
    )
    staffed = free.annotate(staff=staff_count()).filter(staff__gte=stage.project.min_staff)
    slot = staffed.order_by("starts_at", "pk").first()
    if slot is None:
        return False
    booking = _book(slot, pair=pair, days_before=2)
    operator = slot.shifts.select_related("person").order_by("pk")[0].person
    _receive(booking, slot=slot, operator=operator, comes=False, random=Random(5))
    return True


def _past_slots(stage: Stage, *, past: tuple[datetime, datetime]) -> dict[str, Iterator[Slot]]:
    """Return the slots of those days, by city: every fourth one, each city beginning with another."""
    over = Slot.objects.filter(project=stage.project, starts_at__gte=past[0], ends_at__lt=past[1])
    over = over.order_by("starts_at", "pk")
    return {
        slug: iter(over.filter(booth__studio__city=city)[index % 4 :: 4])
        for index, (slug, city) in enumerate(stage.cities.items())
    }


def _coming_slots(stage: Stage, *, now: datetime) -> dict[str, Iterator[Slot]]:
    """Return the slots that can be booked, by city: every fourth one, so that most stay free."""
    opens_at = now + timedelta(hours=stage.project.booking_closes_hours + 24)
    free = (
        Slot.objects.filter(
            project=stage.project, starts_at__gt=opens_at, ends_at__lt=now + timedelta(days=13)
        )
        .annotate(staff=staff_count())
        .filter(staff__gte=stage.project.min_staff)
        .order_by("starts_at", "pk")
    )
    return {slug: iter(free.filter(booth__studio__city=city)[3::4]) for slug, city in stage.cities.items()}


def _ask(slot: Slot, *, pair: Pair, at: datetime) -> Booking:
    """Hold the slot and ask the partner; the one with the named part is asked."""
    booker = pair.person_b
    booking = hold_slot(slot.pk, pair=pair, by=booker, now=at)
    confirm_hold(booking, by=booker, now=at + timedelta(minutes=3))
    return booking


def _book(slot: Slot, *, pair: Pair, at: datetime | None = None, days_before: int = 0) -> Booking:
    """Book the slot and let the partner say yes."""
    at = at or slot.starts_at - timedelta(days=days_before)
    booking = _ask(slot, pair=pair, at=at)
    accept_booking(booking, by=pair.person_a, now=at + timedelta(minutes=50))
    return booking


def _end_past_booking(booking: Booking, *, fate: str, stage: Stage, random: Random, is_short: bool) -> None:
    slot = Slot.objects.select_related("booth").get(pk=booking.slot_id)
    tell_of_booking(booking, until=slot.starts_at - timedelta(hours=7))
    if fate == "cancelled_late":
        words = "突然生病"
        cancel_booking(
            booking, by=booking.pair.person_a, now=slot.starts_at - timedelta(hours=6), reason=words
        )
        tell_of_booking(booking, until=slot.starts_at)
        return
    tell_of_booking(booking, until=slot.starts_at)
    operator = slot.shifts.select_related("person").order_by("pk")[0].person
    session = _receive(booking, slot=slot, operator=operator, comes=fate == "recorded", random=random)
    if session is not None:
        _record(session, slot=slot, operator=operator, stage=stage, random=random, is_short=is_short)


def _receive(
    booking: Booking, *, slot: Slot, operator: User, comes: bool, random: Random
) -> RecordingSession | None:
    """Open the door: both come, or B stays away and A is turned away. Rule: R-26."""
    second = AttendanceOutcome.ATTENDED if comes else AttendanceOutcome.NO_SHOW
    outcomes = {
        booking.pair.person_a_id: AttendanceOutcome.ATTENDED.value,
        booking.pair.person_b_id: second.value,
    }
    arrived_at = slot.starts_at + (timedelta(minutes=-8) if comes else timedelta(minutes=20))
    return receive_pair(booking, outcomes=outcomes, by=operator, now=arrived_at, checks=DOOR)


def _record(
    session: RecordingSession, *, slot: Slot, operator: User, stage: Stage, random: Random, is_short: bool
) -> None:
    """Run the two parts and close the session; a short one stops before its last dialogues and says why."""
    events = list(_free_talk(slot.starts_at + timedelta(minutes=5), random=random))
    dialogues = stage.project.dialogue_count - (7 if is_short else 0)
    events += _dialogues(events[-1].at + timedelta(minutes=5), count=dialogues, random=random)
    append_events(session, events, by=operator, now=events[-1].at + timedelta(seconds=5))
    closed_at = events[-1].at + timedelta(minutes=6)
    for speaker in ("A", "B"):
        _attach(session, speaker=speaker, operator=operator, now=closed_at)
    reason = "18:00 后隔壁装修，最后几段无法安静录制。" if is_short else ""
    complete_session(session, by=operator, now=closed_at, short_reason=reason)


def _free_talk(start: datetime, *, random: Random) -> Iterator[NewEvent]:
    """80 minutes and a little, a new topic every eight to nine minutes. Rules: R-27, R-28."""
    yield NewEvent(SessionEventKind.SLATE.value, start)
    at = start + timedelta(seconds=20)
    end = at + timedelta(minutes=80, seconds=random.randrange(10, 90))
    yield NewEvent(SessionEventKind.TALK_STARTED.value, at, {"topic": TOPICS[0]})
    for topic in TOPICS[1:]:
        at += timedelta(minutes=8, seconds=random.randrange(60))
        yield NewEvent(SessionEventKind.TOPIC_STARTED.value, at, {"topic": topic})
    if end - at > timedelta(minutes=9):
        yield NewEvent(
            SessionEventKind.TOPIC_STARTED.value, at + timedelta(minutes=8), {"topic": "最后聊聊今天"}
        )
    yield NewEvent(SessionEventKind.TALK_PAUSED.value, end)


def _dialogues(start: datetime, *, count: int, random: Random) -> Iterator[NewEvent]:
    """Dialogues of half a minute, now and then one again. Rules: R-30, R-31."""
    at = start
    for number in range(1, count + 1):
        yield NewEvent(SessionEventKind.DIALOGUE_STARTED.value, at, {"number": number})
        at += timedelta(seconds=random.randrange(22, 38))
        if random.random() < 0.12:
            reason = random.choice(RetakeReason.values)
            yield NewEvent(SessionEventKind.DIALOGUE_RETAKEN.value, at, {"number": number, "reason": reason})
            at += timedelta(seconds=30)
        yield NewEvent(SessionEventKind.DIALOGUE_DONE.value, at, {"number": number})
        at += timedelta(seconds=random.randrange(4, 9))


def _attach(session: RecordingSession, *, speaker: str, operator: User, now: datetime) -> None:
    """Attach and measure one speaker's file."""
    voices = make_conversation(seconds=ASSET_S, seed=10_000 + session.pk).voices
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speaker.flac"
        write_audio(path, voices["AB".index(speaker)], sample_rate_hz=RATE_HZ, encoding="flac")
        with path.open("rb") as file:
            asset = attach_asset(session, speaker=speaker, file=File(file), by=operator, now=now)
    measure_asset(asset.pk, now=now)
