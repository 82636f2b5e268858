"""What pairs are told of the draw they are in, each once."""

from datetime import timedelta

import pytest

from accounts.models import Message
from accounts.outbox import known_kinds
from scheduling import bookings, draws, releases
from scheduling.models import Pair, Release, Slot
from scheduling.release_news import find_objection, tell_tickets
from tests.factories import NOW, make_pair, make_person, make_project, make_release, make_slot, make_ticket

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)


@pytest.fixture
def slot() -> Slot:
    return make_slot(project=make_project())


@pytest.fixture
def release(slot) -> Release:
    return make_release(project=slot.project, slots=[slot])


@pytest.fixture
def pair(release, lin, mei) -> Pair:
    return make_pair(lin, mei, project=release.project)


def told() -> list[tuple[str, int]]:
    return sorted(Message.objects.filter(template__regex="ticket|release").values_list("template", "person"))


def test_winner_and_losers_are_told_once(release, pair, slot):
    others = make_pair(make_person("甲"), make_person("乙"), project=release.project)
    for one in (pair, others):
        make_ticket(release, pair=one, slots=[slot])
    draws.draw_release(release, now=MOMENT)

    assert tell_tickets(now=MOMENT) == 2
    assert tell_tickets(now=MOMENT) == 0
    won, lost = (release.tickets.get(place=place).pair for place in (1, 2))
    expected = [("ticket_unlucky", lost.person_a_id), ("ticket_unlucky", lost.person_b_id)]
    assert told() == sorted([*expected, ("ticket_won", won.person_a_id)])
    message = Message.objects.filter(template="ticket_unlucky").first()
    assert (message.params["place"], message.params["count"]) == ("2", "2")
    assert message.params["link"].endswith(f"/booking/releases/{release.pk}/")


def test_two_who_had_agreed_hear_only_that_the_session_is_confirmed(release, pair, slot):
    make_ticket(release, pair=pair, slots=[slot], signed=True)
    draws.draw_release(release, now=MOMENT)

    assert tell_tickets(now=MOMENT) == 1
    assert told() == []


def test_changed_moment_is_told_each_time_and_once(release, pair, slot, mara):
    make_ticket(release, pair=pair, slots=[slot])
    for hours in (1, 2):
        releases.change_release(release, opens_at=MOMENT + timedelta(hours=hours), by=mara, now=NOW)
        assert tell_tickets(now=NOW + timedelta(minutes=hours)) == 1
        assert tell_tickets(now=NOW + timedelta(minutes=hours)) == 0

    assert len(told()) == 4
    assert {template for template, _person in told()} == {"release_moved"}


def test_cancelled_release_is_told(release, pair, slot, mara):
    make_ticket(release, pair=pair, slots=[slot])
    releases.cancel_release(release, by=mara, now=NOW, reason="x")
    tell_tickets(now=NOW)

    assert told() == sorted(
        [("release_cancelled", pair.person_a_id), ("release_cancelled", pair.person_b_id)]
    )


def test_news_that_is_none_any_more_is_not_sent(release, pair, slot, mara):
    make_ticket(release, pair=pair, slots=[slot])
    releases.change_release(release, opens_at=MOMENT + timedelta(hours=1), by=mara, now=NOW)
    tell_tickets(now=NOW)
    moved = Message.objects.filter(template="release_moved").first()
    assert find_objection(moved, now=NOW) == ""

    draws.draw_release(release, now=MOMENT + timedelta(hours=1))
    assert find_objection(moved, now=MOMENT) != ""
    tell_tickets(now=MOMENT + timedelta(hours=1))
    won = Message.objects.get(template="ticket_won")
    assert find_objection(won, now=MOMENT) == ""
    booking = release.tickets.get().booking
    bookings.accept_booking(booking, by=pair.person_b, now=MOMENT + timedelta(hours=2))
    assert find_objection(won, now=MOMENT) != ""


def test_every_kind_has_its_texts():
    kinds = known_kinds()

    assert {"ticket_won", "ticket_unlucky", "release_moved", "release_cancelled"} <= set(kinds)
