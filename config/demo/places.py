"""The demo's project, cities, studios, slots and rota."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import cycle
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts import people
from accounts.access import Role
from accounts.models import User
from config.demo.cast import OPERATORS_FROM, OPERATORS_PER_CITY, STAFF_PHONE, TONIGHT_FROM
from scheduling.models import (
    Booth,
    City,
    DayKind,
    DayPart,
    Project,
    Shift,
    ShiftStatus,
    Slot,
    Studio,
    StudioStaff,
)
from scheduling.rota import assign_staff, report_absence
from scheduling.slots import add_slot, create_template, publish_slots
from scheduling.swaps import ask_swap
from scheduling.working_times import add_exception, set_limits, set_week

PROJECT_SLUG = "everyday-talk"
STARTS = (time(9), time(14), time(18))
DAYS_BACK, DAYS_AHEAD = 14, 14
# One coming slot in so many stays short of staff, so that the calendar has something red.
UNSTAFFED_EVERY = 17


@dataclass(frozen=True)
class Place:
    """One city of the demo with its studio."""

    name: str
    name_zh: str
    slug: str
    studio: str
    address: str
    booths: int


PLACES = (
    Place("Beijing", "北京", "beijing", "中关村录音棚", "海淀区科学院南路 8 号 3 层", 2),
    Place("Shanghai", "上海", "shanghai", "徐汇录音棚", "徐汇区漕溪北路 88 号 12 层", 2),
    Place("Hangzhou", "杭州", "hangzhou", "西溪录音棚", "西湖区文二西路 718 号 2 层", 1),
    Place("Chongqing", "重庆", "chongqing", "江北录音棚", "江北区观音桥步行街 6 号 9 层", 1),
    Place("Nanjing", "南京", "nanjing", "鼓楼录音棚", "鼓楼区汉口路 22 号 4 层", 1),
    Place("Chengdu", "成都", "chengdu", "高新录音棚", "高新区天府大道 1199 号 5 层", 1),
    Place("Tianjin", "天津", "tianjin", "和平录音棚", "和平区南京路 75 号 7 层", 1),
)


@dataclass(frozen=True)
class Size:
    """How many share a fate at most (an even number, for the pairs), where they are, their shortest talk (s)."""

    most_of_each: int
    places: tuple[Place, ...]
    sample_min_s: int


WHOLE = Size(most_of_each=1000, places=PLACES, sample_min_s=120)
SMALL = Size(most_of_each=2, places=PLACES[:2], sample_min_s=60)
OPERATOR_NAMES = tuple(
    "欧凡 彭立 卓然 江南 汤宁 简明 丁一 石磊 方圆 陆遥 夏川 蒋澜 童安 万里 "
    "乔木 白桦 秦岭 沈默 谷雨 柯南 顾盼 叶青 林牧 郑和 袁野 何苗 池鱼 安然".split()
)
EXTRA_NAMES = ("苏醒", "云舒")


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the project, its cities by slug, and the operators of each studio."""

    project: Project
    cities: dict[str, City]
    operators: dict[int, list[User]] = field(default_factory=dict)


def build_stage(*, size: Size, staff: dict[str, User], now: datetime) -> Stage:
    """Make project, cities, studios, booths and operators, and publish four weeks of slots with their rota."""
    opened_at = now - timedelta(days=DAYS_BACK + 30)
    project = Project.objects.create(
        name="日常对话 Everyday talk", slug=PROJECT_SLUG, sample_min_s=size.sample_min_s
    )
    stage = Stage(project, {})
    names = iter(OPERATOR_NAMES)
    for index, place in enumerate(size.places):
        city = City.objects.create(name=place.name, name_zh=place.name_zh, slug=place.slug)
        studio = Studio.objects.create(
            city=city,
            name=place.studio,
            address=f"{place.name_zh}市{place.address}",
            max_shifts_per_day=3,
            max_shifts_per_week=21,
        )
        stage.cities[place.slug] = city
        first = OPERATORS_FROM + index * OPERATORS_PER_CITY
        stage.operators[studio.pk] = [
            _hire_operator(studio, number=first + offset, name=next(names), now=opened_at)
            for offset in range(OPERATORS_PER_CITY)
        ]
        for number in range(1, place.booths + 1):
            _open_booth(studio, number=number, project=project, now=now)
    _publish(project, by=staff[Role.MANAGER], now=now)
    _fill_rota(stage, by=staff[Role.MANAGER], now=now)
    _say_times(stage, by=staff[Role.MANAGER], now=now)
    _stir_rota(stage, now=now)
    return stage


def open_running_slot(stage: Stage, *, by: User, now: datetime) -> Slot:
    """Return a staffed slot that began within the last hour, in a booth of its own: the weekly times seldom fit."""
    studio = Studio.objects.order_by("pk")[0]
    booth = Booth.objects.create(studio=studio, name="3 号间")
    starts_at = _start_before(now, minutes=stage.project.slot_minutes)
    planned_at = now - timedelta(days=DAYS_BACK)
    slot = add_slot(stage.project, booth=booth, starts_at=starts_at, by=by, now=planned_at)
    for offset, name in enumerate(EXTRA_NAMES):
        operator = _hire_operator(studio, number=TONIGHT_FROM + offset, name=name, now=planned_at)
        assign_staff(slot, person=operator, by=by, now=planned_at)
    return slot


def _start_before(now: datetime, *, minutes: int) -> datetime:
    """Return a start within the last hour or so of a slot that runs now and ends on the day it begins."""
    now = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    last = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, minutes=-minutes)
    first = last - timedelta(days=1, minutes=-minutes)
    return max(first, min(last, floor_to_half_hour(now - timedelta(minutes=30))))


def floor_to_half_hour(at: datetime) -> datetime:
    """Return the last full or half hour."""
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def _hire_operator(studio: Studio, *, number: int, name: str, now: datetime) -> User:
    phone = STAFF_PHONE.format(number)
    operator = people.register_staff(phone, name=name, roles=(Role.OPERATOR,), language="zh-hans", now=now)
    StudioStaff.objects.create(studio=studio, person=operator)
    return operator


def _open_booth(studio: Studio, *, number: int, project: Project, now: datetime) -> None:
    """Open a booth with three slots on each day of the week. Rule: R-18."""
    booth = Booth.objects.create(studio=studio, name=f"{number} 号间")
    valid_from = (now - timedelta(days=DAYS_BACK + 1)).date()
    for weekday in range(7):
        for starts_time in STARTS:
            create_template(
                project, booth=booth, weekday=weekday, starts_time=starts_time, valid_from=valid_from
            )


def _publish(project: Project, *, by: User, now: datetime) -> None:
    """Publish the two weeks that are over, as they were published then, and the two that come."""
    today = now.date()
    first = today - timedelta(days=DAYS_BACK)
    publish_slots(project=project, from_on=first, to_on=today, by=by, now=now - timedelta(days=DAYS_BACK + 2))
    publish_slots(
        project=project,
        from_on=today,
        to_on=today + timedelta(days=DAYS_AHEAD),
        by=by,
        now=now - timedelta(days=1),
    )


def _fill_rota(stage: Stage, *, by: User, now: datetime) -> None:
    """Put two operators of the studio on each slot, in turn; a few coming slots stay one short. Rule: R-19."""
    turns = {studio_id: cycle(operators) for studio_id, operators in stage.operators.items()}
    random = Random(7)
    busy: set[tuple[int, datetime]] = set()
    written_at = now - timedelta(days=DAYS_BACK + 2)
    slots = Slot.objects.select_related("booth__studio", "project").order_by("starts_at", "pk")
    for slot in slots:
        studio_id = slot.booth.studio_id
        is_short = slot.starts_at > now and random.randrange(UNSTAFFED_EVERY) == 0
        for _place in range(1 if is_short else stage.project.min_staff):
            free = (next(turns[studio_id]) for _try in stage.operators[studio_id])
            operator = next((one for one in free if (one.pk, slot.starts_at) not in busy), None)
            if operator is None:
                break
            busy.add((operator.pk, slot.starts_at))
            assign_staff(slot, person=operator, by=by, now=min(written_at, slot.starts_at))


def _say_times(stage: Stage, *, by: User, now: datetime) -> None:
    """Let the operators say when they can come, each with one day off; the last of a studio has not yet."""
    parts = [part.value for part in DayPart]
    for studio_id, operators in stage.operators.items():
        for number, operator in enumerate(operators[:-1]):
            days = [weekday for weekday in range(7) if weekday != (studio_id + number) % 7]
            times = {(studio_id, weekday, part) for weekday in days for part in parts}
            set_week(
                operator, times=times, wished_hours=20 + 5 * number, by=operator, now=now - timedelta(days=20)
            )
        away_on = now.date() + timedelta(days=9)
        add_exception(
            operators[0],
            kind=DayKind.AWAY,
            from_on=away_on,
            to_on=away_on + timedelta(days=2),
            part="",
            note="回老家",
            today=now.date(),
            by=operators[0],
            now=now - timedelta(days=1),
        )
        set_limits(operators[1], per_day=2, per_week=12, by=by, now=now - timedelta(days=6))


def _stir_rota(stage: Stage, *, now: datetime) -> None:
    """Let one operator ask for a swap, one ask anybody, and one fall out of a coming slot. Rule: R-19."""
    coming = Shift.objects.filter(
        status=ShiftStatus.ASSIGNED, slot__starts_at__gt=now + timedelta(days=10)
    ).select_related("person", "slot")
    first, second, *_others = stage.operators
    mine = coming.filter(person=stage.operators[first][0]).order_by("slot__starts_at")
    ask_swap(mine[0], asked=stage.operators[first][1], note="那天家里有事", by=mine[0].person, now=now)
    ask_swap(mine[3], asked=None, note="谁方便都行", by=mine[3].person, now=now)
    away = coming.filter(person=stage.operators[second][1]).order_by("slot__starts_at")[0]
    report_absence(away, by=away.person, now=now, reason="发烧了，医生让休息")
