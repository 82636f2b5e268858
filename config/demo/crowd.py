"""The demo's 200 participants: who they are and how far each of them gets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from accounts import consents, people
from accounts.models import ConsentAct, Scope, Sex, User
from accounts.regions import Region
from config.demo.cast import PART_PHONE, PARTS
from config.demo.places import Size

CROWD_PHONE = "+861360000{:04d}"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
GIVEN = tuple(
    "子涵 雨桐 欣怡 浩然 宇轩 梓萱 思远 嘉怡 俊杰 晓彤 明轩 诗涵 志强 美琳 文博 静怡 建国 海燕 晨曦 若溪".split()
)
DIALECTS = ("普通话", "北京话", "上海话", "四川话", "南京话", "杭州话", "重庆话", "天津话", "粤语", "东北话")


@dataclass(frozen=True)
class Fate:
    """
    How far `count` people get. `part` names the first of them on the sign-in page of the demo.

    They join `joined_days_ago`, or one after the other in the `over_days` from then on.
    """

    key: str
    count: int
    part: str = ""
    joined_days_ago: float = 3
    over_days: float = 0


# In the order in which they joined. Each of those with a sample has sound of their own.
FATES = (
    Fate("recorded", 20, "paid", 40),
    Fate("no_show", 4, "", 38),
    Fate("cancelled_late", 4, "", 36),
    Fate("in_studio", 2, "", 34),
    Fate("booked", 14, "booked", 30),
    Fate("asked", 6, "asked", 28),
    Fate("paired", 6, "paired", 26),
    Fate("looking", 8, "looking", 24),
    Fate("rejected", 7, "rejected", 20, 11),
    Fate("cross_review", 4, "", 8, 6),
    # A place lapses after a day: of those who came last somebody still has one.
    Fate("in_review", 13, "in_review", 0.85, 0.55),
    Fate("refused", 4, "refused", 30, 25),
    Fate("consented", 50, "", 12),
    Fate("profiled", 32, "", 10),
    Fate("newcomer", 26, "newcomer", 2),
)
WITHOUT_SAMPLE = frozenset({"consented", "profiled", "newcomer"})


@dataclass(frozen=True)
class Walker:
    """One participant and their fate. Pairs are neighbours of the list and live in one city."""

    person: User
    fate: str
    city: str
    joined_at: datetime


def gather_crowd(*, now: datetime, size: Size) -> list[Walker]:
    """Let everybody sign up, and as many as get that far tell about themselves and decide on consent."""
    return list(_walk_in(now, size=size))


def _walk_in(now: datetime, *, size: Size) -> Iterator[Walker]:
    random = Random(2026)
    number = 0
    for fate in FATES:
        for index in range(min(fate.count, size.most_of_each)):
            days_ago = fate.joined_days_ago - fate.over_days * index / fate.count
            joined_at = now - timedelta(days=days_ago, minutes=random.randrange(1200))
            place = size.places[(number // 2) % len(size.places)]
            person, _is_new = people.register_person(
                _phone(fate, index=index, number=number), language="zh-hans", now=joined_at
            )
            if fate.key != "newcomer":
                _tell_about(person, city=place.name_zh, random=random, now=joined_at)
            if fate.key not in {"newcomer", "profiled"}:
                _decide_consents(person, random=random, now=joined_at + timedelta(minutes=4))
            yield Walker(person, fate.key, place.slug, joined_at)
            number += 1


def _phone(fate: Fate, *, index: int, number: int) -> str:
    """Return the number of a named part for the first of a fate, a number of the crowd for the rest."""
    if fate.part and index == 0:
        return PART_PHONE.format(list(PARTS).index(fate.part) + 1)
    return CROWD_PHONE.format(number)


def _tell_about(person: User, *, city: str, random: Random, now: datetime) -> None:
    birth_on = date(now.year - random.randrange(19, 46), random.randrange(1, 13), random.randrange(1, 28))
    people.complete_profile(
        person,
        name=random.choice(SURNAMES) + random.choice(GIVEN),
        birth_on=birth_on,
        sex=random.choice(Sex.values),
        region_raised=random.choice(Region.values),
        dialect=random.choice(DIALECTS),
        city=city,
        now=now,
    )


def _decide_consents(person: User, *, random: Random, now: datetime) -> None:
    """Grant what the project needs; the other purposes are granted by some and refused by the rest. Rule: R-4."""
    needed = {Scope.RECORD.value, Scope.SHARE.value}
    for scope, notice in consents.current_notices(person.language).items():
        is_granted = scope in needed or random.random() < 0.4
        act = ConsentAct.GRANT if is_granted else ConsentAct.REFUSE
        consents.record_consent(
            person, notice=notice, act=act, shown_sha256=notice.text_sha256, method="web", now=now
        )
