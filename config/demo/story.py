"""The whole story of the demo, from an empty database to a paid session."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from accounts import people
from accounts.models import User
from config.demo.board import fill_board
from config.demo.cast import STAFF, STAFF_PHONE
from config.demo.crowd import WITHOUT_SAMPLE, gather_crowd
from config.demo.desk import fill_desk
from config.demo.listening import review_samples
from config.demo.money import count_last_sessions, pay_first_sessions
from config.demo.news import give_address, tell_news
from config.demo.places import PROJECT_SLUG, Size, build_stage, open_running_slot
from config.demo.planning import change_plans
from config.demo.releases import plan_releases
from config.demo.standing import show_standing
from config.demo.studio_days import live_through, pair_up, record_now
from config.demo.voices import send_samples
from config.demo.waiting import fill_lines, open_seats
from recordings.prompts import load_demo_prompts
from scheduling.models import Project

# Fates of those who were let in and found a partner; they are neighbours in the crowd.
PAIRED = frozenset({"recorded", "in_studio", "no_show", "cancelled_late", "booked", "asked", "paired"})


def has_demo() -> bool:
    """Return whether the demo's project is there."""
    return Project.objects.filter(slug=PROJECT_SLUG).exists()


def tell_story(*, now: datetime, say: Callable[[str], object], size: Size) -> None:
    """
    Fill an empty database with the demo, through the rule functions that real use calls.

    Every rule is given the time at which it happened in the story, so the rows look
    as if the studio had run for six weeks. Takes one to two minutes on two cores,
    most of it for the machine to listen to about a hundred samples; a small story
    is quicker.
    """
    staff = _hire_staff(now=now - timedelta(days=60))
    say("  studios, four weeks of slots and their rota")
    by_role = {role: colleagues[0] for role, colleagues in staff.items()}
    stage = build_stage(size=size, staff=by_role, now=now)
    load_demo_prompts(stage.project)
    crowd = gather_crowd(now=now, size=size)
    say(f"  {len(crowd)} participants")
    say("  samples: recorded, sent, measured in the sandbox, heard by the reviewers")
    singers = [walker for walker in crowd if walker.fate not in WITHOUT_SAMPLE]
    samples = send_samples(singers, project=stage.project)
    for number, walker in enumerate(walker for walker in singers if walker.fate in {"rejected", "refused"}):
        give_address(walker.person, number=number, now=walker.joined_at + timedelta(minutes=30))
    review_samples(singers, samples=samples, reviewers=staff["reviewer"], lead=by_role["lead_reviewer"])
    fill_desk(crowd, samples=samples, staff=staff, now=now)
    tell_news(now=now)
    say("  pairs, bookings and finished sessions")
    pairs = pair_up([walker for walker in crowd if walker.fate in PAIRED], stage=stage, now=now)
    fill_board([walker for walker in crowd if walker.fate == "looking"], stage=stage, staff=staff, now=now)
    recorded = [pair for pair in pairs if pair[1].fate == "recorded"]
    first = recorded[: -(-len(recorded) * 2 // 3)]
    live_through(first, stage=stage, past=(now - timedelta(days=14), now - timedelta(days=9)), now=now)
    say("  payments and payout batches")
    pay_first_sessions(crowd, staff=staff, now=now)
    rest = [pair for pair in pairs if pair not in first]
    live_through(rest, stage=stage, past=(now - timedelta(days=7), now - timedelta(hours=2)), now=now)
    count_last_sessions(staff=staff, now=now)
    looking = [walker.person for walker in crowd if walker.fate == "looking"]
    open_seats(looking[1:], stage=stage, now=now)
    fill_lines([pair for pair, walker in pairs if walker.fate == "paired"], now=now)
    show_standing(pairs, stage=stage, manager=by_role["manager"], now=now)
    for pair, _walker in [pair for pair in pairs if pair[1].fate == "in_studio"]:
        record_now(pair, slot=open_running_slot(stage, by=by_role["manager"], now=now), now=now)
    plan_releases(pairs, stage=stage, by=by_role["manager"], now=now)
    change_plans(stage, by=by_role["manager"], now=now)


def _hire_staff(*, now: datetime) -> dict[str, list[User]]:
    """Return the staff by role, in the order of the cast."""
    staff: dict[str, list[User]] = defaultdict(list)
    for part in STAFF:
        phone = STAFF_PHONE.format(part.number)
        person = people.register_staff(phone, name=part.name, roles=part.roles, language="zh-hans", now=now)
        for role in part.roles:
            staff[role].append(person)
    return staff
