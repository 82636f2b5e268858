"""Makers of ready objects: plain functions with keyword overrides that go through the rules, as real use does."""

from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from accounts import consents, people
from accounts.access import Role
from accounts.models import ConsentAct, Scope, Sex, User
from accounts.regions import Region

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Monday morning: two weeks of slots lie ahead, no holiday is near.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)

_numbers = count(10_000_000)


def make_phone() -> str:
    """Return a valid Chinese mobile number that nobody has had yet."""
    return f"+86138{next(_numbers)}"


def make_person(
    name: str = "林小雨",
    *,
    phone: str | None = None,
    birth_on: date = date(1998, 5, 17),
    sex: str = Sex.FEMALE,
    region_raised: str = Region.SICHUAN,
    dialect: str = "四川话",
    city: str = "成都",
    scopes: tuple[str, ...] = (Scope.RECORD, Scope.SHARE),
    joined_at: datetime = NOW - timedelta(days=30),
    language: str = "zh-hans",
) -> User:
    """Return a participant with a profile who agreed to `scopes`."""
    person, _is_new = people.register_person(phone or make_phone(), language=language, now=joined_at)
    people.complete_profile(
        person,
        name=name,
        birth_on=birth_on,
        sex=sex,
        region_raised=region_raised,
        dialect=dialect,
        city=city,
        now=joined_at,
    )
    make_consents(person, scopes=scopes, now=joined_at)
    return person


def make_newcomer(*, phone: str | None = None, joined_at: datetime = NOW, language: str = "zh-hans") -> User:
    """Return somebody who has proved a number and told nothing yet."""
    return people.register_person(phone or make_phone(), language=language, now=joined_at)[0]


def make_consents(person: User, *, scopes: tuple[str, ...], now: datetime = NOW) -> None:
    """Let the person agree to `scopes`, publishing the texts when there are none."""
    notices = consents.current_notices(person.language)
    if not notices:
        consents.publish_notices(now=now)
        notices = consents.current_notices(person.language)
    for scope in scopes:
        notice = notices[scope]
        consents.record_consent(
            person, notice=notice, act=ConsentAct.GRANT, shown_sha256=notice.text_sha256, now=now
        )


def make_staff(
    role: str = Role.REVIEWER,
    *roles: str,
    name: str = "工作人员",
    phone: str | None = None,
    joined_at: datetime = NOW - timedelta(days=60),
) -> User:
    """Return a member of staff with one or more roles."""
    return people.register_staff(
        phone or make_phone(), name=name, roles=(role, *roles), language="zh-hans", now=joined_at
    )
