"""Managers' pages of release moments."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.access import Role
from scheduling import draws
from scheduling.models import Release, ReleaseStatus, Slot
from tests.factories import (
    NOW,
    make_booth,
    make_city,
    make_daily_slots,
    make_pair,
    make_person,
    make_release,
    make_slot,
    make_staff,
    make_ticket,
)

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)
LIST, NEW = reverse("scheduling:release_list"), reverse("scheduling:release_new")


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def slots() -> list[Slot]:
    return make_daily_slots(3)


def shown_in(page) -> list[Slot]:
    """Return the slots that the page offers, day by day."""
    return [slot for _day, rows in page.context["days"] for slot, _is_ticked in rows]


def form_of(found: list[Slot], **fields) -> dict[str, object]:
    return {
        "name": "March slots",
        "project": found[0].project_id,
        "opens_at": "2026-03-02T12:00",
        "city": "",
        "from_on": "2026-03-02",
        "to_on": "2026-03-15",
        **fields,
    }


def page(name: str, release: Release) -> str:
    return reverse(f"scheduling:{name}", args=[release.pk])


def test_manager_looks_for_slots_and_plans_the_release(client_for, mara, slots):
    browser = client_for(mara)
    assert browser.get(NEW).status_code == 200
    shown = browser.get(NEW, form_of(slots))
    made = browser.post(NEW, form_of(slots, slots=[slots[0].pk, slots[2].pk]))

    release = Release.objects.get()
    assert shown_in(shown) == slots
    assert made.url == page("release_manage", release)
    assert (release.name, release.opens_at, release.made_by) == ("March slots", MOMENT, mara)
    assert list(release.slots.all()) == [slots[0], slots[2]]


@pytest.mark.parametrize("field", ["opens_at", "from_on", "to_on"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_days_beyond_all_plans_are_refused(client_for, mara, slots, method, day, field):
    typed = f"{day}T12:00" if field == "opens_at" else day

    answer = getattr(client_for(mara), method)(NEW, form_of(slots, **{field: typed}))

    assert answer.status_code == 422
    assert answer.context["form"].errors.as_data()[field][0].code == "year"


def test_slots_are_those_of_the_city_and_the_days(client_for, mara, slots):
    wuhan = make_city(name="Wuhan", name_zh="武汉")
    there = make_slot(project=slots[0].project, booth=make_booth(city=wuhan))
    browser = client_for(mara)

    of_city = browser.get(NEW, form_of(slots, city=wuhan.pk))
    of_days = browser.get(NEW, form_of(slots, from_on="2026-03-06", to_on="2026-03-06"))
    assert shown_in(of_city) == [there]
    assert shown_in(of_days) == [slots[1]]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opens_at": "2026-03-02T10:01", "slots": "all"}, "at least 10 minutes ahead"),
        ({"slots": []}, "Choose at least one slot"),
        ({"slots": ["999999", "x", "9" * 30]}, "1 of the slots cannot open then"),
        ({"name": "", "slots": "all"}, "This field is required"),
        ({"to_on": "2026-03-01", "slots": "all"}, "before the first"),
        ({"opens_at": "noon", "slots": "all"}, "Enter a valid date/time"),
    ],
)
def test_form_that_cannot_be_is_refused_with_its_reason(client_for, mara, slots, fields, words):
    if fields.get("slots") == "all":
        fields = fields | {"slots": [slot.pk for slot in slots]}
    response = client_for(mara).post(NEW, form_of(slots, **fields))

    assert response.status_code == 422
    assert words in response.text
    assert not Release.objects.exists()


def test_manager_changes_the_moment_and_cancels(client_for, mara, slots):
    release = make_release(project=slots[0].project, slots=slots)
    browser = client_for(mara)

    browser.post(page("release_change", release), {"opens_at": "2026-03-02T15:00"})
    assert Release.objects.get().opens_at == MOMENT + timedelta(hours=3)
    refused = browser.post(page("release_change", release), {"opens_at": "never"}, follow=True)
    assert "Write day and time" in refused.text
    assert "Write the reason" in browser.post(page("release_cancel", release), follow=True).text
    browser.post(page("release_cancel", release), {"reason": "studio ill"})
    assert Release.objects.get().status == ReleaseStatus.CANCELLED
    assert "studio ill" in browser.get(page("release_manage", release)).text


def test_manager_releases_at_once(client_for, mara, slots):
    release = make_release(project=slots[0].project, slots=slots)
    browser = client_for(mara)

    browser.post(page("release_at_once", release))
    assert Release.objects.get().status == ReleaseStatus.OPEN
    again = browser.post(page("release_at_once", release), follow=True)
    assert "over already" in again.text


def test_moment_that_is_near_is_not_offered_for_change(client_for, mara, slots, clock):
    release = make_release(project=slots[0].project, slots=slots)
    clock.move_to(MOMENT - timedelta(minutes=10))
    text = client_for(mara).get(page("release_manage", release)).text

    assert "too near to be changed" in text
    assert page("release_change", release) not in text


def test_page_shows_tickets_chances_and_the_outcome(client_for, mara, slots):
    release = make_release(project=slots[0].project, slots=slots[:1])
    for number in range(4):
        pair = make_pair(make_person(f"甲{number}"), make_person(f"乙{number}"), project=release.project)
        make_ticket(release, pair=pair, slots=slots[:1])
    browser = client_for(mara)

    before = browser.get(page("release_manage", release))
    assert (before.context["odds"].chance, before.context["slots"][0].first_count) == ("25 %", 4)
    assert release.seed not in before.text
    draws.draw_release(release, now=MOMENT)
    after = browser.get(page("release_manage", release))
    assert [ticket.place for ticket, _kind in after.context["tickets"]] == [1, 2, 3, 4]
    assert (after.context["won_count"], Release.objects.get().seed in after.text) == (1, True)


def test_pages_are_for_managers_alone(client, client_for, lin, oskar, slots):
    release = make_release(project=slots[0].project, slots=slots)
    gets, posts = ["release_manage"], ["release_change", "release_cancel", "release_at_once"]

    for person in (lin, oskar):
        browser = client_for(person)
        assert [browser.get(address).status_code for address in (LIST, NEW)] == [403, 403]
        assert {browser.get(page(name, release)).status_code for name in gets} == {403}
        assert {browser.post(page(name, release)).status_code for name in posts} == {403}
    manager = client_for(make_staff(Role.MANAGER))
    assert {manager.get(page(name, release)).status_code for name in posts} == {405}
    assert manager.get(reverse("scheduling:release_manage", args=[release.pk + 1])).status_code == 404
    assert client.get(LIST).status_code == 302
    assert Release.objects.get().status == ReleaseStatus.PLANNED


def test_list_and_page_ask_the_same_number_of_queries(
    client_for, mara, slots, django_assert_num_queries, django_assert_max_num_queries
):
    browser = client_for(mara)
    release = make_release(project=slots[0].project, slots=slots[:1])
    pair = make_pair(make_person("甲"), make_person("乙"), project=release.project)
    make_ticket(release, pair=pair, slots=slots[:1])
    for address, most in ((LIST, 10), (page("release_manage", release), 20)):
        browser.get(address)
        with django_assert_max_num_queries(most) as few:
            browser.get(address)
        for slot in slots[1:]:
            if slot.release_id is None and address == LIST:
                make_release(project=release.project, slots=[slot])
        for number in range(2):
            more = make_pair(make_person(f"丙{number}"), make_person(f"丁{number}"), project=release.project)
            make_ticket(release, pair=more, slots=slots[:1])
        with django_assert_num_queries(len(few)):
            browser.get(address)
