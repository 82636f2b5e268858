"""Participants' pages of a release: wishes arranged by buttons, the ticket, and what came of the draw."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Scope
from scheduling import draws, releases
from scheduling.draw import lot_of
from scheduling.models import BookingStatus, Pair, Release, Slot, Ticket, TicketStatus
from scheduling.release_pages import arrange_wishes
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booth,
    make_daily_slots,
    make_pair,
    make_person,
    make_release,
    make_slot,
    make_ticket,
    withdraw_consent,
)

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)
KEY = "a-key-of-a-form-that-was-shown"


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def slots() -> list[Slot]:
    return make_daily_slots(3)


@pytest.fixture
def release(slots) -> Release:
    return make_release(project=slots[0].project, slots=slots)


@pytest.fixture
def pair(release, lin, mei) -> Pair:
    return make_pair(lin, mei, project=release.project)


def page_of(release: Release) -> str:
    return reverse("scheduling:release_detail", args=[release.pk])


def enter(browser: Client, release: Release, *slots: Slot, key: str = KEY, **fields):
    form = {"form_key": key, "wish": [slot.pk for slot in slots], **fields}
    return browser.post(reverse("scheduling:ticket_enter", args=[release.pk]), form)


def ids(found) -> list[int]:
    return [slot.pk for slot in found]


wishes = st.lists(st.integers(1, 9), max_size=7)
verbs = st.one_of(
    st.text(max_size=8),
    st.builds("{}:{}".format, st.sampled_from(["add", "remove", "up", "down"]), st.integers(0, 9)),
)


@given(wishes, verbs, st.integers(1, 5))
def test_arranged_wishes_are_never_twice_or_too_many(before, verb, most):
    after = arrange_wishes(before, verb, most=most)

    assert len(after) == len(set(after)) <= most
    assert len(set(after) ^ set(list(dict.fromkeys(before))[:most])) <= 1


@pytest.mark.parametrize(
    ("verb", "after"),
    [
        ("add:4", [1, 2, 3, 4]),
        ("add:3", [1, 2, 3]),
        ("up:1", [1, 2, 3]),
        ("up:3", [1, 3, 2]),
        ("down:1", [2, 1, 3]),
        ("down:3", [1, 2, 3]),
        ("remove:2", [1, 3]),
        ("up:9", [1, 2, 3]),
        ("add:nonsense", [1, 2, 3]),
        ("", [1, 2, 3]),
    ],
)
def test_button_arranges_the_wishes(verb, after):
    assert arrange_wishes([1, 2, 3], verb, most=5) == after


def test_page_before_the_moment_offers_the_slots_and_saves_nothing_by_itself(
    client_for, pair, release, lin, slots
):
    browser = client_for(lin)
    shown = browser.get(page_of(release))
    arranged = browser.post(page_of(release), {"wish": [slots[1].pk], "verb": f"add:{slots[0].pk}"})

    assert ids(shown.context["others"]) == ids(slots)
    assert ids(arranged.context["wishes"]) == [slots[1].pk, slots[0].pk]
    assert ids(arranged.context["others"]) == [slots[2].pk]
    assert arranged.status_code == 200
    assert not Ticket.objects.exists()


def test_pair_enters_and_both_see_the_ticket(client_for, pair, release, lin, mei, slots):
    response = enter(client_for(lin), release, slots[2], slots[0])

    assert response.url == page_of(release)
    mine, theirs = (client_for(person).get(page_of(release)) for person in (lin, mei))
    assert ids(mine.context["entered"]) == ids(theirs.context["entered"]) == [slots[2].pk, slots[0].pk]
    assert "I agree to these wishes" in theirs.text
    assert "I agree to these wishes" not in mine.text


def test_other_agrees_and_either_leaves(client_for, pair, release, lin, mei, slots):
    ticket = make_ticket(release, pair=pair, slots=slots[:2])
    other = client_for(mei if ticket.entered_by == lin else lin)
    sign = reverse("scheduling:ticket_sign", args=[ticket.pk])

    other.post(sign, {"wish": ids(slots[1::-1])})
    assert Ticket.objects.get().signed_by is None
    other.post(sign, {"wish": ids(slots[:2])})
    assert Ticket.objects.get().signed_by == pair.person_b
    assert "Both of you have agreed" in other.get(page_of(release)).text
    other.post(reverse("scheduling:ticket_withdraw", args=[ticket.pk]))
    assert Ticket.objects.get().status == TicketStatus.WITHDRAWN
    assert "Enter the draw" in other.get(page_of(release)).text


def test_refusal_is_told_on_the_page_with_the_wishes_kept(client_for, pair, release, lin, slots):
    elsewhere = make_slot(project=release.project, starts_at=THURSDAY_MORNING.replace(hour=18))
    response = enter(client_for(lin), release, slots[0], elsewhere)

    assert response.status_code == 409
    assert "not in this release" in response.text
    assert ids(response.context["wishes"]) == [slots[0].pk]


def test_form_sent_twice_enters_once(client_for, pair, release, lin, slots):
    browser = client_for(lin)

    assert enter(browser, release, slots[0]).url == enter(browser, release, slots[0]).url
    assert Ticket.objects.get().events.count() == 1


def test_hand_made_requests_for_other_peoples_tickets_are_refused(client_for, pair, release, stranger, slots):
    ticket = make_ticket(release, pair=pair, slots=slots[:1])
    browser = client_for(stranger)

    for name in ("ticket_sign", "ticket_withdraw"):
        assert browser.post(reverse(f"scheduling:{name}", args=[ticket.pk])).status_code == 404
    assert enter(browser, release, slots[0], pair=pair.pk).status_code == 404
    assert browser.get(reverse("scheduling:release_detail", args=[release.pk + 1])).status_code == 404
    assert Ticket.objects.get().status == TicketStatus.ENTERED


def test_wrong_methods_and_roles_are_refused(client, client_for, release, oskar):
    assert client.get(page_of(release)).status_code == 302
    assert client_for(oskar).get(page_of(release)).status_code == 403
    assert client_for(oskar).get(reverse("scheduling:ticket_enter", args=[release.pk])).status_code in {
        403,
        405,
    }


def test_one_without_a_partner_reads_what_is_missing(client_for, release, stranger):
    response = client_for(stranger).get(page_of(release))

    assert "Find a partner first" in response.text
    assert "Enter the draw" not in response.text


def test_slot_page_and_strip_lead_to_the_release_and_a_form_by_hand_is_refused(
    client_for, pair, release, lin, slots
):
    browser = client_for(lin)
    place = reverse("scheduling:slot_detail", args=[slots[0].pk])
    strip = browser.get(reverse("scheduling:slot_list"))
    refused = browser.post(place, {"form_key": KEY, "pair": pair.pk})

    assert page_of(release) in strip.text
    assert [card["state"] for day in strip.context["strip"] for card in day.entries] == ["unreleased"] * 3
    assert strip.context["next"] == []
    assert page_of(release) in browser.get(place).text
    assert refused.status_code == 409
    assert "opens for everybody on 2 Mar, 12:00" in refused.text


def test_refusal_by_hand_is_told_in_chinese(client_for, pair, release, lin, slots):
    browser = client_for(lin)
    browser.cookies["django_language"] = "zh-hans"
    place = reverse("scheduling:slot_detail", args=[slots[0].pk])

    assert "3月2日 12:00 才对所有人开放" in browser.post(place, {"form_key": KEY, "pair": pair.pk}).text
    assert "登记抽签" in browser.get(page_of(release)).text


def test_first_request_after_the_moment_begins_the_draw(
    client_for, pair, release, lin, slots, clock, run_tasks
):
    make_ticket(release, pair=pair, slots=slots[:1])
    clock.move_to(MOMENT)
    browser = client_for(lin)

    assert "The draw is running" in browser.get(page_of(release)).text
    assert run_tasks() == 1
    assert "You drew your wish 1" in browser.get(page_of(release)).text


def test_slots_without_tickets_are_open_for_the_first_form_after_the_moment(
    client_for, pair, release, lin, slots, clock
):
    clock.move_to(MOMENT)
    place = reverse("scheduling:slot_detail", args=[slots[0].pk])

    assert client_for(lin).post(place, {"form_key": KEY, "pair": pair.pk}).status_code == 302
    assert slots[0].bookings.get().status == BookingStatus.HELD


def test_winner_sees_the_slot_and_the_proof_and_the_other_what_is_left(
    client_for, pair, release, lin, slots, clock
):
    others = [
        make_pair(make_person(f"甲{n}"), make_person(f"乙{n}"), project=release.project) for n in range(3)
    ]
    for one in [pair, *others]:
        make_ticket(release, pair=one, slots=slots[:1])
    free = make_slot(project=release.project, starts_at=slots[0].starts_at, booth=make_booth())
    clock.move_to(MOMENT)
    draws.draw_release(release, now=MOMENT)
    release.refresh_from_db()
    won, lost = release.tickets.get(place=1), release.tickets.get(place=4)

    winner = client_for(won.pair.person_a).get(page_of(release))
    assert reverse("scheduling:booking_detail", args=[won.booking_id]) in winner.text
    assert lot_of(won.number, seed=release.seed) in winner.text
    assert release.seed in winner.text
    loser = client_for(lost.pair.person_b).get(page_of(release))
    assert f"Place 4 of 4, ticket {lost.number}." in loser.text
    assert "A lot decided that" in loser.text
    assert reverse("scheduling:slot_detail", args=[free.pk]) in loser.text
    notices = client_for(lost.pair.person_b).get(reverse("scheduling:slot_list")).context["notices"]
    assert [notice.ticket for notice in notices] == [lost]


def test_loser_who_could_not_book_reads_why(client_for, pair, release, lin, mei, slots, clock):
    make_ticket(release, pair=pair, slots=slots[:1])
    withdraw_consent(lin, scope=Scope.SHARE)
    clock.move_to(MOMENT)
    draws.draw_release(release, now=MOMENT)
    text = client_for(lin).get(page_of(release)).text

    assert "you two could not book" in text
    assert reverse("accounts:consents") in text


def test_slot_closed_meanwhile_is_offered_no_more_and_marked_among_the_wishes(
    client_for, pair, release, lin, mei, slots
):
    make_ticket(release, pair=pair, slots=slots[:2])
    Slot.objects.filter(pk__in=[slots[0].pk, slots[2].pk]).update(status="closed")
    browser = client_for(lin)
    notices = browser.get(reverse("scheduling:slot_list")).context["notices"]
    ticket = browser.get(page_of(release))
    change = browser.get(page_of(release), {"change": "1"})

    assert [notice.slot_count for notice in notices] == [1]
    assert (ticket.context["slot_count"], ticket.context["odds"].slots) == (1, 1)
    assert ids(ticket.context["entered"]) == ids(slots[:2])
    assert ticket.text.count("Closed</span>") == change.text.count("Closed</span>") == 1
    assert change.context["others"] == []
    refusal = enter(browser, release, *slots[:2])
    assert (refusal.status_code, "closed meanwhile" in refusal.text) == (409, True)


def test_page_in_the_draw_reads_no_slot_and_watches_the_countdown(
    client_for, pair, release, lin, slots, clock
):
    make_ticket(release, pair=pair, slots=slots)
    clock.move_to(MOMENT)
    browser = client_for(lin)
    browser.get(page_of(release))
    with CaptureQueriesContext(connection) as asked:
        text = browser.get(page_of(release)).text

    assert "Your ticket 1 has its turn" in text
    assert f'data-watched="{reverse("scheduling:countdown", args=[release.pk, "en"])}"' in text
    assert not [query for query in asked.captured_queries if "scheduling_slot" in query["sql"]]


def test_seed_is_nowhere_before_the_draw(client_for, pair, release, lin, slots):
    make_ticket(release, pair=pair, slots=slots[:1])
    text = client_for(lin).get(page_of(release)).text

    assert release.seed_sha256 in text
    assert release.seed not in text


def test_cancelled_release_says_that_its_slots_are_open(client_for, pair, release, lin, mara, slots):
    releases.cancel_release(release, by=mara, now=NOW, reason="x")

    assert "first come, first served" in client_for(lin).get(page_of(release)).text


def test_page_asks_the_same_number_of_queries_for_more_slots(
    client_for, pair, release, lin, slots, django_assert_num_queries, django_assert_max_num_queries
):
    browser = client_for(lin)
    browser.get(page_of(release))
    with django_assert_max_num_queries(19) as few:
        browser.get(page_of(release))
    for day in range(3, 6):
        more = make_slot(project=release.project, starts_at=THURSDAY_MORNING + timedelta(days=day))
        Slot.objects.filter(pk=more.pk).update(release=release)
    with django_assert_num_queries(len(few)):
        browser.get(page_of(release))
