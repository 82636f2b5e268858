"""Slots are added to a planned release, and those that nobody wishes for taken out; the page, in both languages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling import bookings, draws, invariants, release_slots, releases
from scheduling.models import ReleaseEvent, Slot
from scheduling.releases import ReleaseRefused
from tests.factories import (
    NOW,
    make_city,
    make_daily_slots,
    make_pair,
    make_project,
    make_release,
    make_slot,
    make_staff,
    make_ticket,
)
from tests.scheduling.desk import queries_of

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)
LAST_SECOND = MOMENT - timedelta(seconds=1)


@pytest.fixture
def slots() -> list[Slot]:
    return make_daily_slots(4)


@pytest.fixture
def release(slots):
    """A release of the first two slots."""
    return make_release(project=slots[0].project, slots=slots[:2])


def refusal_of(function, *args, **kwargs) -> str:
    with pytest.raises(ReleaseRefused) as caught:
        function(*args, **kwargs)
    return caught.value.code


def add(release, *slots, by, now=NOW):
    return release_slots.add_slots(release, slot_ids=[slot.pk for slot in slots], by=by, now=now)


def last_event():
    return ReleaseEvent.objects.values_list("old", "new", "cause", "slot_count").last()


def test_slots_are_added_until_the_last_second_and_can_be_wished_for(release, slots, lin, mei, mara):
    assert add(release, *slots[2:], by=mara, now=LAST_SECOND) == 2

    assert list(release.slots.all()) == slots
    assert last_event() == ("planned", "planned", "slots_added", 2)
    pair = make_pair(lin, mei, project=release.project)
    make_ticket(release, pair=pair, slots=[slots[3]], now=LAST_SECOND)
    draws.draw_release(release, now=MOMENT)
    assert slots[3].bookings.get().pair == pair
    assert invariants.broken_releases() == []


def test_whoever_is_late_is_refused(release, slots, mara):
    assert refusal_of(add, release, slots[2], by=mara, now=MOMENT) == "wrong_status"
    releases.begin_draw(release, now=MOMENT)

    for late in (LAST_SECOND, MOMENT):
        assert refusal_of(add, release, slots[2], by=mara, now=late) == "wrong_status"
        out = refusal_of(release_slots.take_slot_out, release, slot=slots[0], by=mara, now=late)
        assert out == "wrong_status"
    assert list(release.slots.all()) == slots[:2]


def test_only_free_slots_that_can_open_then_are_added(release, slots, lin, mei, mara, monkeypatch):
    bookings.hold_slot(slots[2].pk, pair=make_pair(lin, mei, project=release.project), by=lin, now=NOW)
    far = make_slot(project=release.project, starts_at=MOMENT + timedelta(days=14, minutes=30))
    other = make_slot(project=make_project(slug="other"), starts_at=slots[3].starts_at)

    for slot in (slots[0], slots[2], far, other):
        assert refusal_of(add, release, slot, by=mara) == "not_free"
    assert refusal_of(add, release, by=mara) == "no_slots"
    monkeypatch.setattr(releases, "MAX_SLOTS", 2)
    assert refusal_of(add, release, slots[3], by=mara) == "too_many_slots"
    assert list(release.slots.all()) == slots[:2]


def test_slot_that_nobody_wishes_for_is_taken_out_and_open_at_once(release, slots, lin, mei, mara):
    pair = make_pair(lin, mei, project=release.project)
    make_ticket(release, pair=pair, slots=[slots[0]])

    assert refusal_of(release_slots.take_slot_out, release, slot=slots[0], by=mara, now=NOW) == "wished"
    release_slots.take_slot_out(release, slot=slots[1], by=mara, now=LAST_SECOND)

    assert last_event() == ("planned", "planned", "slot_out", 1)
    gone = refusal_of(release_slots.take_slot_out, release, slot=slots[1], by=mara, now=NOW)
    last = refusal_of(release_slots.take_slot_out, release, slot=slots[0], by=mara, now=NOW)
    assert (gone, last) == ("not_in_release", "last_slot")
    assert bookings.hold_slot(slots[1].pk, pair=pair, by=lin, now=LAST_SECOND).status == "held"


def page(name, *args):
    return reverse(f"scheduling:{name}", args=args)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Add slots", "Choose at least one slot", "2 slots are added", "slots were added · 2 slots"]),
        ("zh-hans", ["添加时段", "至少选一个时段", "已添加 2 个时段", "增加了时段 · 2 个时段"]),
    ],
)
def test_manager_adds_slots_on_the_page(client_for, mara, clock, release, slots, language, words):
    browser, header = client_for(mara), {"accept-language": language}
    manage, here = page("release_manage", release.pk), page("release_slots_add", release.pk)
    assert here in browser.get(manage).text

    shown = browser.get(here, headers=header)
    nothing = browser.post(here, headers=header)
    added = browser.post(here, {"slots": [slots[2].pk, slots[3].pk]}, headers=header, follow=True)

    assert [slot for _day, rows in shown.context["days"] for slot, _is_ticked in rows] == slots[2:]
    assert (nothing.status_code, added.redirect_chain) == (422, [(manage, 302)])
    assert [
        word in text
        for word, text in zip(words, [shown.text, nothing.text, added.text, added.text], strict=True)
    ] == [True] * 4


@pytest.mark.parametrize(("language", "words"), [("en", "over already"), ("zh-hans", "已结束")])
def test_page_of_a_release_that_is_over_offers_nothing(
    client_for, mara, clock, release, slots, language, words
):
    browser, header = client_for(mara), {"accept-language": language}
    clock.move_to(MOMENT)

    refused = browser.post(page("release_slots_add", release.pk), {"slots": [slots[2].pk]}, headers=header)

    assert refused.status_code == 409
    assert words in refused.text
    assert refused.context["days"] == []
    assert page("release_slots_add", release.pk) not in browser.get(page("release_manage", release.pk)).text


def test_city_narrows_the_list_and_forged_keys_are_refused(client_for, mara, clock, release, slots):
    browser, here = client_for(mara), page("release_slots_add", release.pk)
    elsewhere = make_city(name="Shanghai", name_zh="上海")

    assert browser.get(here, {"city": elsewhere.pk}).context["slot_count"] == 0
    assert browser.get(here, {"city": "x"}).context["slot_count"] == 2
    assert browser.post(here, {"slots": ["999999", "x", "9" * 30]}).status_code == 409


def test_manager_takes_a_slot_out_on_the_page(client_for, mara, clock, release, slots):
    browser = client_for(mara)
    out = page("release_slot_out", release.pk, slots[1].pk)
    assert out in browser.get(page("release_manage", release.pk)).text

    answer = browser.post(out, headers={"accept-language": "zh-hans"}, follow=True)
    again = browser.post(out, headers={"accept-language": "en"}, follow=True)

    assert "时段已移出放号" in answer.text
    assert "not in the release any more" in again.text
    assert out not in again.text
    assert list(release.slots.all()) == slots[:1]


def test_pages_are_for_managers_alone(client, client_for, lin, oskar, clock, release, slots):
    here, out = page("release_slots_add", release.pk), page("release_slot_out", release.pk, slots[1].pk)

    for person in (lin, oskar):
        assert [client_for(person).get(here).status_code, client_for(person).post(out).status_code] == [
            403,
            403,
        ]
    manager = client_for(make_staff("manager"))
    assert manager.get(out).status_code == 405
    assert manager.get(page("release_slots_add", release.pk + 1)).status_code == 404
    assert manager.post(page("release_slot_out", release.pk, 999999)).status_code == 404
    assert client.get(here).status_code == 302


def test_page_asks_the_same_number_of_queries(client_for, mara, clock, release, slots):
    browser, here = client_for(mara), page("release_slots_add", release.pk)

    few = queries_of(browser, here)
    make_daily_slots(6, project=release.project)

    assert queries_of(browser, here) == few
