"""Makers of ready objects: plain functions with keyword overrides that go through the rules, as real use does."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from accounts import consents, people
from accounts.access import Role
from accounts.models import ConsentAct, ConsentNotice, Scope, Sex, User
from accounts.regions import Region
from scheduling import (
    attendance,
    board,
    bookings,
    pair_codes,
    pairs,
    qualifications,
    releases,
    rota,
    slots,
    tickets,
)
from scheduling.models import (
    BoardEntry,
    Booking,
    BookingStatus,
    Booth,
    City,
    Pair,
    Project,
    Qualification,
    Release,
    Shift,
    Slot,
    Studio,
    StudioStaff,
    Ticket,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Monday morning: two weeks of slots lie ahead, no holiday is near.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
THURSDAY_MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)

_numbers = count(10_000_000)
_texts: list[ConsentNotice] = []


def count_from(number: int) -> None:
    """Go on with this number: for a process that meets what another has made."""
    global _numbers  # noqa: PLW0603
    _numbers = count(number)


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
        publish_texts(now=now)
        notices = consents.current_notices(person.language)
    for scope in scopes:
        notice = notices[scope]
        consents.record_consent(
            person, notice=notice, act=ConsentAct.GRANT, shown_sha256=notice.text_sha256, now=now
        )


def publish_texts(*, now: datetime) -> None:
    """Publish the texts where there are none: by the rule the first time, then as the rule wrote them."""
    if not _texts:
        _texts.extend(consents.publish_notices(now=now))
        return
    for notice in _texts:
        notice.pk, notice.published_at = None, now
    ConsentNotice.objects.bulk_create(_texts)


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


def make_project(*, slug: str = "duo", name: str = "Duo", **figures: Any) -> Project:
    """Return a project with the figures of the rules, save those given."""
    return Project.objects.create(slug=slug, name=name, **figures)


def make_city(*, name: str = "Chengdu", name_zh: str = "成都", timezone: str = "Asia/Shanghai") -> City:
    """Return the city of that name: the one there is, or a new one."""
    defaults = {"name_zh": name_zh, "slug": name.lower(), "timezone": timezone}
    return City.objects.get_or_create(name=name, defaults=defaults)[0]


def make_booth(*, name: str | None = None, studio: Studio | None = None, city: City | None = None) -> Booth:
    """Return an open booth; without a studio it gets one of its own."""
    number = next(_numbers)
    studio = studio or Studio.objects.create(
        city=city or make_city(), name=f"Studio {number}", address="成都市锦江区东大街 1 号"
    )
    return Booth.objects.create(studio=studio, name=name or f"Booth {number}")


def make_slot(
    *,
    project: Project,
    booth: Booth | None = None,
    starts_at: datetime = THURSDAY_MORNING,
    staff: int = 2,
    now: datetime = NOW,
) -> Slot:
    """Return an open slot with `staff` new people on its rota."""
    manager = User.objects.filter(groups__name=Role.MANAGER).first() or make_staff(Role.MANAGER)
    slot = slots.add_slot(project, booth=booth or make_booth(), starts_at=starts_at, by=manager, now=now)
    for _number in range(staff):
        make_shift(slot, by=manager, now=now)
    return slot


def make_shift(slot: Slot, *, person: User | None = None, by: User, now: datetime = NOW) -> Shift:
    """Return a shift on the slot's rota, of a new operator unless a person is given."""
    person = person or make_staff(Role.OPERATOR)
    StudioStaff.objects.get_or_create(studio=slot.booth.studio, person=person)
    return rota.assign_staff(slot, person=person, by=by, now=now, reason="by hand")


def make_qualified(person: User, *, project: Project, now: datetime = NOW) -> Qualification:
    """Return the person's right to book in the project."""
    return qualifications.grant_qualification(person, project=project, by=None, now=now)


def make_pair(one: User, other: User, *, project: Project, now: datetime = NOW) -> Pair:
    """Return the pair of two people, both qualified, made by a code."""
    make_qualified(one, project=project, now=now)
    make_qualified(other, project=project, now=now)
    invitation = pair_codes.invite_partner(one, project=project, now=now)
    return pair_codes.join_pair(invitation.code, by=other, now=now)


def make_daily_slots(count: int, *, project: Project | None = None) -> list[Slot]:
    """Return staffed slots in one booth, one each morning from Thursday on."""
    project, booth = project or make_project(), make_booth()
    days = [THURSDAY_MORNING + timedelta(days=day) for day in range(count)]
    return [make_slot(project=project, booth=booth, starts_at=at) for at in days]


def make_release(
    *,
    project: Project,
    slots: list[Slot],
    name: str = "Monday noon",
    opens_at: datetime = NOW + timedelta(hours=2),
    now: datetime = NOW,
) -> Release:
    """Return a release of the slots, two hours ahead."""
    manager = User.objects.filter(groups__name=Role.MANAGER).first() or make_staff(Role.MANAGER)
    ids = [slot.pk for slot in slots]
    return releases.make_release(project, name=name, opens_at=opens_at, slot_ids=ids, by=manager, now=now)


def make_ticket(
    release: Release, *, pair: Pair, slots: list[Slot], signed: bool = False, now: datetime = NOW
) -> Ticket:
    """Return the ticket of the pair, entered by person A; signed by person B if so."""
    ids = [slot.pk for slot in slots]
    ticket = tickets.enter_ticket(release, pair=pair, slot_ids=ids, by=pair.person_a, now=now)
    if signed:
        tickets.sign_ticket(ticket, seen=ids, by=pair.person_b, now=now)
    return ticket


def make_board_slots(*, project: Project, city: City | None = None, now: datetime = NOW) -> None:
    """Let one booth have a morning, an afternoon and an evening on the three days from Thursday on."""
    booth = make_booth(city=city)
    for day in range(3):
        for hour in (9, 14, 18):
            at = (THURSDAY_MORNING + timedelta(days=day)).replace(hour=hour)
            make_slot(project=project, booth=booth, starts_at=at, staff=0, now=now)


def make_board_entry(
    person: User,
    *,
    project: Project,
    city: City | None = None,
    about: str = "爱笑，话多",
    topics: str = "电影和做饭",
    part: str = "",
    now: datetime = NOW,
) -> BoardEntry:
    """Return the entry of a qualified person who could come at every coming time of the city, or in one part."""
    make_qualified(person, project=project, now=now)
    city = city or make_city()
    if not board.coming_times(project, city=city, now=now):
        make_board_slots(project=project, city=city, now=now)
    times = {time for time in board.coming_times(project, city=city, now=now) if not part or time[1] == part}
    return board.publish_entry(
        person, project=project, city=city, about=about, topics=topics, times=times, now=now
    )


def withdraw_consent(person: User, *, scope: str, now: datetime = NOW) -> None:
    """Let the person take back a consent that is in force."""
    notice = consents.current_notices(person.language)[scope]
    consents.record_consent(
        person, notice=notice, act=ConsentAct.WITHDRAW, shown_sha256=notice.text_sha256, now=now
    )


def make_booking(
    *,
    one: User | None = None,
    other: User | None = None,
    pair: Pair | None = None,
    slot: Slot | None = None,
    project: Project | None = None,
    status: str = BookingStatus.CONFIRMED,
    now: datetime = NOW,
) -> Booking:
    """Return a booking that went through the rules up to `status`; `one` (or the pair's A) booked it."""
    project = project or (slot and slot.project) or (pair and pair.project) or make_project()
    slot = slot or make_slot(project=project, now=now)
    pair = pair or make_pair(one or make_person(), other or make_person(), project=project, now=now)
    one = one or pair.person_a
    other = pair.person_b if one == pair.person_a else pair.person_a
    booking = bookings.hold_slot(slot.pk, pair=pair, by=one, now=now)
    operator = slot.shifts.all()[0].person
    on_the_day = {"by": operator, "now": slot.starts_at}
    steps: dict[str, Callable[[], None]] = {
        BookingStatus.HELD: lambda: None,
        BookingStatus.AWAITING_PARTNER: lambda: bookings.confirm_hold(booking, by=one, now=now),
        BookingStatus.CONFIRMED: lambda: bookings.accept_booking(booking, by=other, now=now),
        BookingStatus.CHECKED_IN: lambda: _check_in(booking, **on_the_day),
        BookingStatus.COMPLETED: lambda: bookings.complete_booking(booking, **on_the_day),
    }
    for reached, step in steps.items():
        step()
        if reached == status:
            return booking
    raise ValueError(f"no booking is made {status}")


def record_once(person: User, *, project: Project, now: datetime = NOW) -> None:
    """Let the person have recorded one session, with somebody who is their partner no more."""
    booking = make_booking(one=person, project=project, status=BookingStatus.COMPLETED, now=now)
    pairs.end_pair(booking.pair, by=person, now=now)


def _check_in(booking: Booking, *, by: User, now: datetime) -> None:
    for person in (booking.pair.person_a, booking.pair.person_b):
        attendance.record_attendance(booking, person=person, outcome="attended", by=by, now=now)
    bookings.check_in_booking(booking, by=by, now=now)
