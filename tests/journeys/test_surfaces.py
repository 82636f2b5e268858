"""Every surface with the story's data on it: wide and narrow, light and dark, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import DESK

pytestmark = [pytest.mark.browser, pytest.mark.heavy]

PORTAL = [
    ("home-portal", "/"),
    ("profile", "/account/profile/"),
    ("consents", "/account/consents/"),
    ("consent", "/account/consents/1/"),
    ("sample-approved-new", "/recording/sample/"),
    ("sessions-recorded", "/booking/sessions/"),
    ("session-recorded", "{booked}"),
    ("partner-recorded", "/booking/partner/"),
    ("open-seats", "/booking/seats/"),
    ("attendance-own", "/booking/attendance/"),
]
DESKS = [
    ("rui", "home-reviewer", "/"),
    ("rui", "review-queue", "/recording/review/"),
    ("rui", "second-factor", "/account/second-factor/"),
    ("rui", "profile-staff", "/account/profile/"),
    ("lead", "home-lead", "/"),
    ("lead", "cross-review-none", "/recording/cross-review/"),
    ("oskar", "home-operator", "/"),
    ("oskar", "sessions-past", "/recording/sessions/?past=1"),
    ("oskar", "session", "{recorded}"),
    ("oskar", "prompts", "/recording/prompts/"),
    ("oskar", "prompt-set", "/recording/prompts/1/"),
    ("mara", "home-manager", "/"),
    ("mara", "calendar", "/booking/desk/calendar/"),
    ("mara", "calendar-day", "/booking/desk/calendar/?view=day"),
    ("mara", "calendar-month", "/booking/desk/calendar/?view=month"),
    ("mara", "slot-new", "/booking/desk/slots/new/"),
    ("mara", "slot-edit", "/booking/desk/slots/1/"),
    ("mara", "rota", "/booking/desk/rota/"),
    ("mara", "rota-proposed", "/booking/desk/rota/propose/"),
    ("mara", "rota-missing", "/booking/desk/rota/missing/"),
    ("mara", "swaps-desk", "/booking/desk/rota/swaps/"),
    ("oskar", "shifts", "/booking/desk/shifts/"),
    ("oskar", "shifts-times", "/booking/desk/shifts/times/"),
    ("oskar", "shifts-swaps", "/booking/desk/shifts/swaps/"),
    ("oskar", "shifts-feed", "/booking/desk/shifts/calendar/"),
    ("mara", "reminders", "/booking/desk/reminders/"),
    ("mara", "reports", "/booking/desk/reports/"),
    ("mara", "quotas", "/booking/desk/projects/duo/quotas/"),
    ("mara", "message-texts", "/account/messages/texts/"),
    ("mara", "templates", "/booking/desk/templates/"),
    ("mara", "template-new", "/booking/desk/templates/new/"),
    ("mara", "blackouts", "/booking/desk/blackouts/"),
    (
        "mara",
        "blackout-new",
        "/booking/desk/blackouts/new/?place=all&from_on=2036-05-01&to_on=2036-05-05&reason=x",
    ),
    ("mara", "releases", "/booking/desk/releases/"),
    ("mara", "release-new", "/booking/desk/releases/new/"),
    ("mara", "studios", "/booking/desk/studios/"),
    ("mara", "studio", "/booking/desk/studios/1/"),
    ("mara", "people", "/booking/desk/people/"),
    ("mara", "person", "/booking/desk/people/1/"),
    ("mara", "projects", "/booking/desk/projects/"),
    ("mara", "project-amnesty", "/booking/desk/projects/duo/amnesty/"),
    ("mara", "project", "/booking/desk/projects/duo/"),
    ("mara", "booking-manage", "/booking/desk/bookings/{booking}/"),
    ("rui", "own-figures", "/recording/review/figures/own/"),
    ("lead", "review-figures-lead", "/recording/review/figures/"),
    ("mara", "review-figures", "/recording/review/figures/?days=7"),
    ("mara", "samples", "/recording/samples/"),
    ("lead", "samples-lead", "/recording/samples/?vote=alike"),
    ("mara", "funnel", "/pay/funnel/"),
    ("fang", "home-finance", "/"),
    ("fang", "payments-paid", "/pay/payments/"),
    ("fang", "payment-paid", "/pay/payments/1/"),
    ("fang", "deductions-all", "/pay/deductions/?status=approved"),
    ("fang", "batches", "/pay/batches/"),
    ("ada", "home-administrator", "/"),
    ("ada", "health", "/health/"),
    ("ada", "admin", "/admin/"),
    ("ada", "admin-bookings", "/admin/scheduling/booking/"),
    ("ada", "admin-payment", "/admin/payments/payment/1/change/"),
    ("ada", "admin-people", "/admin/accounts/user/"),
]


@pytest.fixture(scope="session")
def places(booked, recorded, paid) -> dict[str, str]:
    """The addresses that the story has made."""
    return {"booked": booked, "recorded": recorded, "booking": booked.strip("/").rsplit("/", 1)[-1]}


@pytest.mark.parametrize(("name", "path"), PORTAL, ids=[name for name, _path in PORTAL])
def test_portal_is_whole(pair, places, name, path):
    page = pair.lin.open(path.format(**places))

    assert page.title()
    pair.lin.look(name, is_last=True)


@pytest.mark.parametrize(("who", "name", "path"), DESKS, ids=[name for _who, name, _path in DESKS])
def test_desk_is_whole(desk, places, who, name, path):
    person = desk(who)
    page = person.open(path.format(**places))

    assert page.locator("h1").count() == 1
    person.look(name, is_last=True)


def test_front_page_is_whole(come, staff):
    visitor = come("visitor", "", viewport=DESK)
    visitor.open("/")

    visitor.look("home-visitor", is_last=True)


@pytest.mark.parametrize(("name", "path"), [("403", "/pay/batches/"), ("404", "/nowhere/")])
@pytest.mark.parametrize("is_staff", [False, True], ids=["portal", "desk"])
def test_error_page_is_whole(pair, desk, name, path, is_staff):
    person = desk("mara") if is_staff else pair.lin
    person.open(path)

    expect(person.page.get_by_role("link", name="Back to my page")).to_be_visible()
    person.look(f"{name}-{'desk' if is_staff else 'portal'}", is_last=True)
