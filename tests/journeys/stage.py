"""
What the journeys need before people come, brought about by the rule functions in a process of its own.

`python -m tests.journeys.stage` reads lines `["scene", {"fact": …}]` and prints one line of JSON for each.
"""

import json
import os
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.db import connections, transaction  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_q.models import OrmQ, Success  # noqa: E402
from django_q.tasks import async_task  # noqa: E402

from accounts.access import Role  # noqa: E402
from accounts.models import User  # noqa: E402
from config.periodic import PERIODIC  # noqa: E402
from recordings.assignments import assign_reviewers  # noqa: E402
from recordings.audio.encode import write_audio  # noqa: E402
from recordings.audio.report import Limits, measure_all  # noqa: E402
from recordings.audio.synthesis import RATE_HZ, make_conversation  # noqa: E402
from recordings.models import Review, Sample, SampleStatus  # noqa: E402
from recordings.prompts import load_demo_prompts  # noqa: E402
from recordings.reviews import settle_votes  # noqa: E402
from recordings.samples import approve_sample, move_sample  # noqa: E402
from scheduling.models import Pair, Project, Release, Slot  # noqa: E402
from scheduling.timetable import passes_midnight  # noqa: E402
from tests import factories  # noqa: E402
from tests.journeys import stage_rota, waiting_stage  # noqa: E402
from tests.recordings.makers import make_sample, reject, vote  # noqa: E402

# The figures with which one day holds the whole story: no waiting until tomorrow or until next week, and a minute
# of talk is enough, for several people hear all of it.
FIGURES = {
    "sample_min_s": 60,
    "booking_closes_hours": 0,
    "free_cancel_hours": 0,
    "appeal_days": 0,
    "slot_minutes": 60,
    # Equal hours are none: news goes at whatever hour the journeys are made.
    "quiet_from_hour": 0,
    "quiet_to_hour": 0,
}
STAFF = {
    "rui": ("芮红", [Role.REVIEWER]),
    "tao": ("陶安", [Role.REVIEWER]),
    "yan": ("严明", [Role.REVIEWER]),
    "lead": ("雷音", [Role.LEAD_REVIEWER]),
    "oskar": ("欧阳", [Role.OPERATOR]),
    "olga": ("欧丽", [Role.OPERATOR]),
    "mara": ("马兰", [Role.MANAGER]),
    "fang": ("方正", [Role.FINANCE]),
    "fei": ("费用", [Role.FINANCE]),
    "ada": ("安达", [Role.ADMINISTRATOR]),
}
SLOTS = 4
# Of a sample that is heard at 2.5 ×: long enough to tell that it was heard.
SHORT_S = 4


def open_studio(now: datetime) -> dict[str, Any]:
    """Make the project, the staff, a studio with one booth, and slots from the next half hour but one on."""
    project = factories.make_project(slug="duo", name="二人谈", **FIGURES)
    people = {
        key: factories.make_staff(*roles, name=name, joined_at=now) for key, (name, roles) in STAFF.items()
    }
    load_demo_prompts(project)
    booth = factories.make_booth(name="一号间")
    booth.studio.name = "锦江录音棚"
    booth.studio.save()
    for slot in _make_slots(project, booth=booth, by=people["mara"], now=now):
        for key in ("oskar", "olga"):
            factories.make_shift(slot, person=people[key], by=people["mara"], now=now)
    return {"phones": {key: person.phone for key, person in people.items()}}


def _make_slots(project: Project, *, booth: Any, by: User, now: datetime) -> list[Slot]:
    first = now.astimezone(factories.SHANGHAI).replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    at, made = first + timedelta(hours=1), []
    for _number in range(SLOTS):
        ends_at = at + timedelta(minutes=project.slot_minutes)
        if passes_midnight(at, ends_at, zone=factories.SHANGHAI):
            at = ends_at.replace(hour=0, minute=0)
        made.append(factories.slots.add_slot(project, booth=booth, starts_at=at, by=by, now=now))
        at += timedelta(minutes=project.slot_minutes + project.turnover_minutes)
    return made


def bring_stranger(now: datetime) -> dict[str, Any]:
    """Let somebody take part who has nothing to do with anybody's things."""
    return {"phone": _join("莫生", now=now).phone}


def _join(name: str, *, now: datetime, language: str = "zh-hans") -> User:
    """Let somebody join under a number that no other scene has given away."""
    return factories.make_person(name, phone=_free_phone(), joined_at=now, language=language)


def _free_phone() -> str:
    return f"+86139{10_000_000 + User.objects.count()}"


def bring_calendar(now: datetime) -> dict[str, Any]:
    """Let a manager come to a studio with three slots a day for two weeks."""
    manager = factories.make_staff(Role.MANAGER, name="马卡", phone=_free_phone(), joined_at=now)
    project = factories.make_project(slug="calendar", name="日历")
    booth, today = factories.make_booth(), now.astimezone(factories.SHANGHAI).date()
    for weekday in range(7):
        for hour in (9, 14, 18):
            factories.slots.create_template(
                project, booth=booth, weekday=weekday, starts_time=time(hour), valid_from=today
            )
    factories.slots.publish_slots(
        project=project, from_on=today, to_on=today + timedelta(days=14), by=manager, now=now
    )
    return {"session": _sign_in(manager)}


def open_short_project(now: datetime) -> dict[str, Any]:
    """Make a project that a few seconds of talk are a sample for."""
    factories.make_project(slug="short", name="短谈", sample_min_s=6, sample_max_s=30)
    return {}


def bring_speakers(now: datetime, *, count: int) -> dict[str, Any]:
    """Let so many people come who may send a sample and are signed in already; tell the keys of their sessions."""
    if not Project.objects.exists():
        factories.make_project(slug="duo", name="二人谈")
    return {"sessions": [_sign_in(_join(f"说话{number}", now=now)) for number in range(count)]}


def _sign_in(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def bring_speaker(now: datetime, *, language: str) -> dict[str, Any]:
    """Let somebody come who may send a short sample to a project that lets nobody try again for a week."""
    _short_and_strict()
    return {"session": _sign_in(_join("张口", now=now, language=language))}


def bring_sample(now: datetime, *, status: str, language: str) -> dict[str, Any]:
    """Let somebody come whose sample stands there, without the cost of getting it there."""
    person = _join("李试", now=now, language=language)
    sample = make_sample(person, project=_short_and_strict(), status=status, sent_at=now)
    return {"session": _sign_in(person), "phone": person.phone, "sample": sample.key}


def _short_and_strict() -> Project:
    figures = FIGURES | {"name": "一周一次", "sample_min_s": 20, "sample_max_s": 60, "appeal_days": 7}
    return Project.objects.get_or_create(slug="strict", defaults=figures)[0]


def bring_short_samples(now: datetime, *, count: int) -> dict[str, Any]:
    """Let a reviewer come for whom so many short samples wait, and who is signed in already."""
    reviewer = factories.make_staff(Role.REVIEWER, name="柯宁", joined_at=now, phone=_free_phone())
    for sample in _make_short_samples(now, count=count):
        with transaction.atomic():
            assign_reviewers(sample, now=now)
    return {"session": _sign_in(reviewer)}


def bring_disputed_samples(now: datetime, *, count: int) -> dict[str, Any]:
    """Let two leads come, and so many whose short samples two reviewers rejected; all are signed in already."""
    reviewers, leads = (
        [factories.make_staff(role, name=name, joined_at=now, phone=_free_phone()) for name in names]
        for role, names in ((Role.REVIEWER, ("甘霖", "乙鸣")), (Role.LEAD_REVIEWER, ("章定", "章平")))
    )
    samples = _make_short_samples(now, count=count)
    for sample in samples:
        for reviewer in reviewers:
            vote(sample, by=reviewer, verdict="reject", now=now - timedelta(minutes=1))
    settle_votes(now=now)
    return {
        "leads": [_sign_in(lead) for lead in leads],
        "speakers": {sample.key: _sign_in(sample.person) for sample in samples},
    }


def _make_short_samples(now: datetime, *, count: int) -> list[Sample]:
    """Make short samples that can really be heard, each of somebody else, the oldest first."""
    figures = FIGURES | {"name": "短谈", "sample_min_s": SHORT_S, "sample_max_s": 30}
    project = Project.objects.get_or_create(slug="short", defaults=figures)[0]
    sound = _make_preview(seconds=SHORT_S)
    samples = []
    for number in range(count):
        sent_at = now - timedelta(minutes=count + 10 - number)
        person = _join(f"短{number}", now=sent_at, language="en")
        sample = make_sample(person, project=project, duration_ms=SHORT_S * 1000, sent_at=sent_at)
        with sample.preview.storage.open(sample.preview.name, "wb") as file:
            file.write(sound)
        samples.append(sample)
    return samples


def _make_preview(*, seconds: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.wav"
        sound = make_conversation(seconds=seconds, seed=1).mix()
        write_audio(path, sound, sample_rate_hz=RATE_HZ, encoding="wav")
        made = measure_all(path, limits=Limits(max_duration_s=60), preview_directory=Path(folder))
        return made.preview_path.read_bytes()


def count_votes(now: datetime) -> dict[str, Any]:
    """Tell how many votes of each kind there are."""
    return dict(Counter(Review.objects.votes().values_list("verdict", flat=True)))


def move_on(now: datetime, *, sample: str, to: str) -> dict[str, Any]:
    """Move the sample as people would: a lead rejects it, the others approve it or hand it on."""
    found = Sample.objects.get(key=sample)
    if to == SampleStatus.REJECTED:
        lead = factories.make_staff(Role.LEAD_REVIEWER, name="雷音", joined_at=now, phone=_free_phone())
        reject(found, lead=lead, now=now, reasons=("noise", "echo"), explanation="风扇声很大。")
    elif to == SampleStatus.APPROVED:
        with transaction.atomic():
            approve_sample(found, by=None, now=now, reason="")
    else:
        move_sample(found, to, by=None, now=now)
    return {}


def bring_pair(now: datetime, *, names: list[str]) -> dict[str, Any]:
    """Let two people come who are a pair already."""
    one, other = (_join(name, now=now) for name in names)
    factories.make_pair(one, other, project=Project.objects.get(slug="duo"), now=now)
    return {"phones": [one.phone, other.phone]}


def bring_lookers(now: datetime, *, names: list[str]) -> dict[str, Any]:
    """Let people come who may book, have no partner, and are signed in already."""
    people = [_join(name, now=now) for name in names]
    for person in people:
        factories.make_qualified(person, project=Project.objects.get(slug="duo"), now=now)
    return {"sessions": [_sign_in(person) for person in people]}


def bring_line(
    now: datetime, *, slug: str, is_joined: bool = True, is_turned_away: bool = False
) -> dict[str, Any]:
    """Let two people come who wait for a full slot, or may; they are signed in already."""
    made = waiting_stage.make_line(
        _join, _free_phone, slug=slug, is_joined=is_joined, is_turned_away=is_turned_away, now=now
    )
    return {"slot": made["slot"], "sessions": [_sign_in(person) for person in made["people"]]}


def free_line(now: datetime, *, slot: int) -> dict[str, Any]:
    """Let those who have the slot cancel it."""
    return waiting_stage.free_line(slot, now=now)


def let_offer_pass(now: datetime, *, booking: int) -> dict[str, Any]:
    """Let the time of an offer be over."""
    return waiting_stage.let_offer_pass(booking)


def hold_almost_over(now: datetime, *, phone: str, left_s: int) -> dict[str, Any]:
    """Let somebody hold the last slot, so long ago that only `left_s` seconds are left."""
    pair = Pair.objects.get(Q(person_a__phone=phone) | Q(person_b__phone=phone))
    held_at = now - timedelta(minutes=pair.project.hold_minutes) + timedelta(seconds=left_s)
    one = User.objects.get(phone=phone)
    booking = factories.bookings.hold_slot(
        Slot.objects.filter(project=pair.project).latest("starts_at").pk, pair=pair, by=one, now=held_at
    )
    return {"booking": booking.pk}


def bring_reminders(now: datetime) -> dict[str, Any]:
    """Let two sessions come near whose first reminder is due since an hour; one of the two has lost its staff."""
    project = factories.make_project(slug="remind", name="提醒谈", **FIGURES)
    mara = User.objects.get(profile__name="马兰")
    staff = list(User.objects.filter(profile__name__in=["欧阳", "欧丽"]))
    days_ago = now - timedelta(days=3)
    first = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=46)
    booked = []
    for number in range(2):
        slot = factories.make_slot(
            project=project, starts_at=first + timedelta(hours=2 * number), staff=0, now=days_ago
        )
        shifts = [factories.make_shift(slot, person=one, by=mara, now=days_ago) for one in staff]
        pair = [_join(f"记得{number}{side}", now=days_ago) for side in "甲乙"]
        booked.append(factories.make_booking(slot=slot, one=pair[0], other=pair[1], now=days_ago))
    factories.rota.withdraw_shift(shifts[0], by=mara, now=now, reason="生病")
    return {"bookings": [booking.pk for booking in booked]}


def bring_release(now: datetime) -> dict[str, Any]:
    """Let two pairs come who want the same slot, and a release of it tomorrow; three of them are signed in."""
    project = factories.make_project(slug="release", name="放号谈", **FIGURES, release_fixed_minutes=0)
    booth = factories.make_booth(name="放号间")
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    slot = factories.make_slot(project=project, booth=booth, starts_at=starts_at, staff=0, now=now)
    for name in ("欧阳", "欧丽"):
        person = User.objects.get(profile__name=name)
        factories.make_shift(slot, person=person, by=User.objects.get(profile__name="马兰"), now=now)
    factories.make_slot(project=project, starts_at=starts_at, staff=0, now=now)
    people = [_join(f"放号{number}", now=now) for number in range(4)]
    for one, other in (people[:2], people[2:]):
        factories.make_pair(one, other, project=project, now=now)
    opens_at = now + timedelta(days=1, hours=1)
    release = factories.make_release(
        project=project, slots=[slot], name="周一放号", opens_at=opens_at, now=now
    )
    return {"release": release.pk, "sessions": [_sign_in(person) for person in people[:3]]}


def near_release(now: datetime, *, release: int, in_s: int) -> dict[str, Any]:
    """Let the release open in so many seconds."""
    found = Release.objects.select_related("project").get(pk=release)
    manager = User.objects.get(profile__name="马兰")
    opens_at = now + timedelta(seconds=in_s)
    factories.releases.change_release(found, opens_at=opens_at, by=manager, now=now)
    return {}


def run_periodic(now: datetime, *, name: str) -> dict[str, Any]:
    """Queue a periodic task now, under the name of the table, instead of waiting for its minute."""
    (task,) = [task for task in PERIODIC if task.name == name]
    return {"task": async_task(task.func)}


def is_done(now: datetime, *, task: str) -> dict[str, Any]:
    return {"done": Success.objects.filter(pk=task).exists(), "waiting": OrmQ.objects.count()}


def bring_rota(now: datetime) -> dict[str, Any]:
    """Make a studio whose rota is to be made, and tell the sessions of its manager and operators."""
    return stage_rota.bring_rota(now, sign_in=_sign_in)


SCENES: dict[str, Callable[..., dict[str, Any]]] = {
    scene.__name__: scene
    for scene in (
        open_studio,
        bring_stranger,
        bring_speakers,
        bring_speaker,
        bring_sample,
        bring_short_samples,
        bring_disputed_samples,
        count_votes,
        bring_calendar,
        bring_rota,
        stage_rota.look_at_slot,
        move_on,
        open_short_project,
        bring_pair,
        bring_lookers,
        bring_line,
        free_line,
        let_offer_pass,
        hold_almost_over,
        bring_reminders,
        bring_release,
        near_release,
        run_periodic,
        is_done,
    )
}


def play(line: str) -> dict[str, Any]:
    """Bring a scene about as a process of its own would: with nothing kept from the one before."""
    scene, facts = json.loads(line)
    caches["process"].clear()
    try:
        factories.count_from(10_000_000 + 1_000 * User.objects.count())  # others make people meanwhile
        return {"told": SCENES[scene](timezone.now(), **facts)}
    except Exception:
        return {"error": traceback.format_exc()}
    finally:
        connections.close_all()


if __name__ == "__main__":
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed is no answer
    for line in sys.stdin:
        print(json.dumps(play(line)), file=answers, flush=True)
