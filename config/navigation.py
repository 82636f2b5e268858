"""The table of links that each role finds in the bars, and how a request turns it into a menu."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import Role

PARTICIPANT = frozenset({Role.PARTICIPANT})
REVIEWERS = frozenset({Role.REVIEWER, Role.LEAD_REVIEWER})
LEADS = frozenset({Role.LEAD_REVIEWER})
OPERATORS = frozenset({Role.OPERATOR})
STUDIO = frozenset({Role.OPERATOR, Role.MANAGER})
MANAGERS = frozenset({Role.MANAGER})
FINANCE = frozenset({Role.FINANCE})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
EVERYONE = frozenset(Role.values)


class NavigationLink(TypedDict):
    """One link as the templates read it. `group` is empty for participants."""

    url: str
    label: str
    icon: str
    group: str
    is_current: bool


@dataclass(frozen=True)
class Link:
    """A page in the bars: who sees it, and the pages below it (`covers`) on which it stays marked."""

    name: str
    label: Promise
    icon: str
    roles: frozenset[str]
    group: Promise | str = ""
    covers: tuple[str, ...] = ()


PARTICIPANT_LINKS = (
    Link(
        "home",
        pgettext_lazy("navigation", "Home"),
        "home",
        PARTICIPANT,
        covers=("recordings:sample_new", "recordings:sample_detail"),
    ),
    Link(
        "scheduling:slot_list",
        pgettext_lazy("navigation", "Book"),
        "calendar",
        PARTICIPANT,
        covers=("scheduling:slot_detail", "scheduling:release_detail"),
    ),
    Link(
        "scheduling:booking_list",
        pgettext_lazy("navigation", "Sessions"),
        "mic",
        PARTICIPANT,
        covers=("scheduling:booking_detail", "scheduling:attendance_own"),
    ),
    Link(
        "scheduling:pair_list",
        pgettext_lazy("navigation", "Partner"),
        "pair",
        PARTICIPANT,
        covers=(
            "scheduling:pair_join",
            "scheduling:board_list",
            "scheduling:seat_list",
            "scheduling:entry_edit",
            "scheduling:entry_report",
            "scheduling:inviter_report",
            "scheduling:partner_report",
        ),
    ),
    Link(
        "payments:statement",
        pgettext_lazy("navigation", "Pay"),
        "wallet",
        PARTICIPANT,
        covers=("payments:payment_detail", "payments:account_edit"),
    ),
)

STAFF_LINKS = (
    Link("home", _("My desk"), "home", EVERYONE),
    Link(
        "recordings:review_queue",
        _("Review queue"),
        "headphones",
        REVIEWERS,
        _("Samples"),
        ("recordings:review_sample",),
    ),
    Link(
        "recordings:cross_review_list",
        _("Cross review"),
        "flag",
        LEADS,
        _("Samples"),
        ("recordings:cross_review",),
    ),
    Link("recordings:own_figures", _("Your figures"), "user", REVIEWERS, _("Samples")),
    Link("recordings:gold_list", _("Gold samples"), "check", LEADS, _("Samples"), ("recordings:gold_edit",)),
    Link(
        "recordings:reviewer_list",
        _("Reviewers"),
        "users",
        LEADS | MANAGERS,
        _("Samples"),
        ("recordings:reviewer_edit",),
    ),
    Link("recordings:conflict_list", _("Who knows whom"), "pair", LEADS | MANAGERS, _("Samples")),
    Link("recordings:review_figures", _("Review figures"), "chart", LEADS | MANAGERS, _("Samples")),
    Link("recordings:sample_list", _("All samples"), "waveform", LEADS | MANAGERS, _("Samples")),
    Link(
        "recordings:session_list",
        _("Sessions"),
        "mic",
        STUDIO,
        _("Studio"),
        ("recordings:session_console", "recordings:session_detail"),
    ),
    Link(
        "scheduling:shift_list",
        _("My shifts"),
        "clock",
        OPERATORS,
        _("Studio"),
        (
            "scheduling:feed_page",
            "scheduling:shift_detail",
            "scheduling:swap_new",
            "scheduling:swap_list",
            "scheduling:week_edit",
            "scheduling:days_new",
        ),
    ),
    Link("recordings:prompt_list", _("Prompts"), "note", STUDIO, _("Studio")),
    Link(
        "scheduling:calendar",
        _("Calendar"),
        "calendar",
        MANAGERS,
        _("Planning"),
        ("scheduling:slot_edit", "scheduling:slot_new", "scheduling:booking_manage"),
    ),
    Link(
        "scheduling:rota",
        _("Rota"),
        "users",
        MANAGERS,
        _("Planning"),
        (
            "scheduling:rota_day",
            "scheduling:rota_propose",
            "scheduling:swap_desk",
            "scheduling:escalation_list",
            "scheduling:week_edit",
            "scheduling:days_new",
            "scheduling:limits_edit",
        ),
    ),
    Link(
        "scheduling:template_list",
        _("Weekly slots"),
        "list",
        MANAGERS,
        _("Planning"),
        (
            "scheduling:template_new",
            "scheduling:template_edit",
            "scheduling:template_end",
            "scheduling:template_publish",
        ),
    ),
    Link(
        "scheduling:blackout_list",
        _("Blackouts"),
        "x",
        MANAGERS,
        _("Planning"),
        ("scheduling:blackout_new", "scheduling:blackout_detail"),
    ),
    Link(
        "scheduling:release_list",
        _("Release moments"),
        "send",
        MANAGERS,
        _("Planning"),
        ("scheduling:release_new", "scheduling:release_manage"),
    ),
    Link(
        "scheduling:studio_list",
        _("Studios"),
        "building",
        MANAGERS,
        _("Planning"),
        ("scheduling:studio_edit", "scheduling:studio_new", "scheduling:city_new"),
    ),
    Link(
        "scheduling:project_list",
        _("Projects"),
        "settings",
        MANAGERS,
        _("Planning"),
        (
            "scheduling:project_edit",
            "scheduling:project_new",
            "scheduling:quota_list",
            "scheduling:quota_edit",
            "scheduling:project_amnesty",
        ),
    ),
    Link(
        "scheduling:person_list",
        _("Participants"),
        "user",
        MANAGERS,
        _("People"),
        ("scheduling:qualification_edit",),
    ),
    Link("scheduling:reminder_list", _("Reminders"), "clock", MANAGERS, _("People")),
    Link(
        "scheduling:report_list",
        _("Reports"),
        "flag",
        MANAGERS,
        _("People"),
        ("scheduling:report_detail",),
    ),
    Link(
        "accounts:message_list",
        _("Messages"),
        "send",
        MANAGERS | ADMINISTRATORS,
        _("People"),
        ("accounts:message_texts", "accounts:message_text_edit"),
    ),
    Link("payments:funnel", _("Funnel"), "chart", MANAGERS, _("People")),
    Link(
        "payments:payment_list",
        _("Payments"),
        "wallet",
        FINANCE | STUDIO,
        _("Money"),
        ("payments:payment_detail", "payments:account_reveal", "payments:deduction_propose"),
    ),
    Link("payments:deduction_list", _("Deductions"), "minus", FINANCE | STUDIO, _("Money")),
    Link("payments:batch_list", _("Payout batches"), "send", FINANCE, _("Money"), ("payments:batch_detail",)),
    Link("admin:index", _("Administration"), "settings", ADMINISTRATORS, _("System")),
    Link("health", _("Health"), "shield", ADMINISTRATORS, _("System")),
)


def navigation_for(request: HttpRequest, *, roles: Collection[str]) -> list[NavigationLink]:
    """
    Return the links of the person's roles, the present page marked.

    Staff get the staff table even when they are participants too. A page whose
    address does not exist is left out.
    """
    held = frozenset(roles)
    table = STAFF_LINKS if held - PARTICIPANT else PARTICIPANT_LINKS
    match = request.resolver_match
    here = match.view_name if match else ""
    return [
        NavigationLink(
            url=url,
            label=str(link.label),
            icon=link.icon,
            group=str(link.group),
            is_current=here == link.name or here in link.covers,
        )
        for link in table
        if not held.isdisjoint(link.roles) and (url := _address_of(link.name))
    ]


def layout_for(roles: Collection[str]) -> str:
    """Return the frame for pages that participants and staff share: `{% extends layout %}`."""
    return "desk.html" if frozenset(roles) - PARTICIPANT else "portal.html"


def _address_of(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
