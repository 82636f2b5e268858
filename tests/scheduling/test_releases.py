"""Release moments: what a manager may do with them, and that nobody books before."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override
from django_q.models import OrmQ

from scheduling import bookings, invariants, releases, slots
from scheduling.conditions import BookingRefused, check_slot
from scheduling.draw import commit
from scheduling.models import Release, ReleaseEvent, ReleaseStatus, Slot, TicketStatus
from scheduling.releases import ReleaseRefused
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booth,
    make_city,
    make_pair,
    make_project,
    make_release,
    make_slot,
    make_ticket,
)

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)
GRACE = timedelta(minutes=10)


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def two_slots(project) -> list[Slot]:
    booth = make_booth()
    return [
        make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING.replace(hour=h)) for h in (9, 14)
    ]


@pytest.fixture
def release(project, two_slots) -> Release:
    return make_release(project=project, slots=two_slots)


def refusal_of(function, *args, **kwargs) -> str:
    with pytest.raises(ReleaseRefused) as caught:
        function(*args, **kwargs)
    return caught.value.code


def change(slot: Slot, **fields) -> None:
    Slot.objects.filter(pk=slot.pk).update(**fields)


def test_release_promises_its_seed_and_takes_its_slots(release, two_slots, mara):
    assert release.seed_sha256 == commit(Release.objects.get().seed)
    assert list(release.slots.all()) == two_slots
    assert list(release.events.values_list("old", "new")) == [("", "planned")]
    assert invariants.broken_releases() == []


def test_slot_cannot_be_held_before_the_moment_and_can_after_it(release, two_slots, lin, mei):
    pair = make_pair(lin, mei, project=release.project)
    early = MOMENT - timedelta(seconds=1)

    with pytest.raises(BookingRefused) as caught:
        bookings.hold_slot(two_slots[0].pk, pair=pair, by=lin, now=early)
    assert caught.value.code == "not_released"
    releases.begin_draw(release, now=MOMENT)
    assert bookings.hold_slot(two_slots[0].pk, pair=pair, by=lin, now=MOMENT).status == "held"


def test_who_pressed_before_the_moment_and_was_read_after_it_was_too_early(release, two_slots, lin, mei):
    pair = make_pair(lin, mei, project=release.project)
    releases.begin_draw(release, now=MOMENT)

    with pytest.raises(BookingRefused) as caught:
        bookings.hold_slot(two_slots[0].pk, pair=pair, by=lin, now=MOMENT - timedelta(milliseconds=1))
    assert caught.value.code == "not_released"


def test_refusal_says_the_moment_in_both_languages(release, two_slots):
    slot = Slot.objects.get(pk=two_slots[0].pk)
    with pytest.raises(BookingRefused) as caught:
        check_slot(slot, now=NOW)

    with override("en"):
        assert "2 Mar, 12:00" in caught.value.messages[0]
    with override("zh-hans"):
        assert "3月2日 12:00" in caught.value.messages[0]


def test_booking_cannot_be_moved_to_a_slot_that_is_not_released(release, project, two_slots, lin, mei):
    pair = make_pair(lin, mei, project=project)
    slot = make_slot(project=project, starts_at=THURSDAY_MORNING.replace(hour=18))
    hold = bookings.hold_slot(slot.pk, pair=pair, by=lin, now=NOW)

    with pytest.raises(BookingRefused) as caught:
        bookings.move_booking(hold, to_slot_id=two_slots[0].pk, by=lin, now=NOW)
    assert caught.value.code == "not_released"


def test_slots_open_after_the_grace_even_when_nobody_draws(release, two_slots, lin, mei):
    pair = make_pair(lin, mei, project=release.project)
    make_ticket(release, pair=pair, slots=two_slots)
    releases.begin_draw(release, now=MOMENT)
    slot = Slot.objects.get(pk=two_slots[0].pk)

    with pytest.raises(BookingRefused) as caught:
        check_slot(slot, now=MOMENT + GRACE - timedelta(seconds=1))
    assert caught.value.code == "not_released"
    with override("en"):
        assert caught.value.messages == ["The draw for this slot is running. Look again in a minute."]
    check_slot(slot, now=MOMENT + GRACE)


@pytest.mark.parametrize(("minutes", "code"), [(9, "too_soon"), (-60, "too_soon")], ids=["too near", "past"])
def test_release_needs_time_to_be_seen(project, two_slots, minutes, code):
    at = NOW + timedelta(minutes=minutes)

    assert refusal_of(make_release, project=project, slots=two_slots, opens_at=at) == code
    assert make_release(project=project, slots=two_slots, opens_at=NOW + GRACE)


def test_release_needs_slots(project):
    assert refusal_of(make_release, project=project, slots=[]) == "no_slots"


def test_release_has_a_largest_size(project, two_slots, monkeypatch):
    monkeypatch.setattr(releases, "MAX_SLOTS", 1)

    assert refusal_of(make_release, project=project, slots=two_slots) == "too_many_slots"


def test_release_takes_only_free_open_slots_of_its_project(release, project, two_slots, mara, lin, mei):
    evening = make_slot(project=project, starts_at=THURSDAY_MORNING.replace(hour=18))
    taken = make_slot(project=project, starts_at=THURSDAY_MORNING.replace(hour=19))
    bookings.hold_slot(taken.pk, pair=make_pair(lin, mei, project=project), by=lin, now=NOW)
    closed = make_slot(project=project, starts_at=THURSDAY_MORNING.replace(hour=20))
    slots.close_slot(closed, by=mara, now=NOW, reason="paint")
    other = make_slot(project=make_project(slug="other"))

    for slot in (two_slots[0], taken, closed, other):
        assert refusal_of(make_release, project=project, slots=[evening, slot]) == "not_free"
    assert make_release(project=project, slots=[evening]).slots.count() == 1


def test_release_opens_no_slot_earlier_or_later_than_the_project_does(project):
    near = make_slot(project=project, starts_at=MOMENT + timedelta(hours=24))
    far = make_slot(project=project, starts_at=MOMENT + timedelta(days=14, minutes=30))
    fit = make_slot(project=project, starts_at=MOMENT + timedelta(days=14))

    assert list(releases.find_releasable(project, opens_at=MOMENT, now=NOW)) == [fit]
    assert refusal_of(make_release, project=project, slots=[near]) == "not_free"
    assert refusal_of(make_release, project=project, slots=[far]) == "not_free"


def test_releasable_slots_are_those_of_the_city(project, two_slots):
    elsewhere = make_slot(project=project, booth=make_booth(city=make_city(name="Wuhan", name_zh="武汉")))

    found = releases.find_releasable(project, opens_at=MOMENT, now=NOW, city=make_city())
    assert list(found) == two_slots
    assert elsewhere not in found


def test_moment_changes_until_it_is_near(release, mara):
    later = MOMENT + timedelta(hours=1)
    releases.change_release(release, opens_at=later, by=mara, now=NOW)

    assert Release.objects.get().opens_at == later
    event = release.events.last()
    assert (event.old, event.new, event.cause) == ("planned", "planned", "moment")
    near = later - GRACE
    change = releases.change_release
    assert refusal_of(change, release, opens_at=later + GRACE, by=mara, now=near) == "fixed"
    change(release, opens_at=later + GRACE, by=mara, now=near - timedelta(seconds=1))


def test_moment_is_not_moved_too_near_or_behind_its_slots(release, mara):
    change = releases.change_release
    closing = THURSDAY_MORNING - timedelta(hours=24)

    assert refusal_of(change, release, opens_at=NOW, by=mara, now=NOW) == "too_soon"
    assert refusal_of(change, release, opens_at=closing, by=mara, now=NOW) == "after_slots"
    change(release, opens_at=closing - timedelta(seconds=1), by=mara, now=NOW)


def test_moment_is_not_before_its_slots_can_be_booked(project, mara):
    slot = make_slot(project=project, starts_at=MOMENT + timedelta(days=14))
    release = make_release(project=project, slots=[slot])
    project.booking_opens_days = 10
    project.save()
    release.refresh_from_db()
    opening = slot.starts_at - timedelta(days=10)
    early, change = opening - timedelta(minutes=1), releases.change_release

    assert refusal_of(change, release, opens_at=early, by=mara, now=NOW) == "before_slots"
    with pytest.raises(ReleaseRefused) as caught, override("zh-hans"):
        releases.release_now(release, by=mara, now=NOW)
    assert caught.value.code == "before_slots"
    with override("zh-hans"):
        assert "10 天" in caught.value.messages[0]
    assert (release.status, Release.objects.get().opens_at) == (ReleaseStatus.PLANNED, MOMENT)
    change(release, opens_at=opening, by=mara, now=NOW)


def test_cancelling_opens_the_slots_and_makes_tickets_void(release, two_slots, mara, lin, mei):
    pair = make_pair(lin, mei, project=release.project)
    ticket = make_ticket(release, pair=pair, slots=two_slots)

    assert refusal_of(releases.cancel_release, release, by=mara, now=NOW, reason=" ") == "reason_needed"
    releases.cancel_release(release, by=mara, now=NOW, reason="studio ill")
    ticket.refresh_from_db()
    assert (release.status, ticket.status) == (ReleaseStatus.CANCELLED, TicketStatus.VOID)
    assert bookings.hold_slot(two_slots[0].pk, pair=pair, by=lin, now=NOW)
    assert invariants.broken_releases() == []


def test_release_at_once_closes_the_tickets_and_queues_the_draw(release, two_slots, mara, lin, mei):
    make_ticket(release, pair=make_pair(lin, mei, project=release.project), slots=two_slots)
    releases.release_now(release, by=mara, now=NOW)

    assert (release.status, release.opens_at) == (ReleaseStatus.DRAWING, NOW)
    assert [row.task["func"] for row in OrmQ.objects.all()] == [releases.DRAW]


def test_release_that_is_over_cannot_be_changed_any_more(release, mara):
    releases.begin_draw(release, now=MOMENT)
    later = MOMENT + timedelta(days=1)

    assert release.status == ReleaseStatus.OPEN
    assert refusal_of(releases.change_release, release, opens_at=later, by=mara, now=MOMENT) == "wrong_status"
    assert refusal_of(releases.release_now, release, by=mara, now=MOMENT) == "wrong_status"
    assert refusal_of(releases.cancel_release, release, by=mara, now=MOMENT, reason="x") == "wrong_status"
    with transaction.atomic():
        code = refusal_of(releases.move_release, release, ReleaseStatus.DRAWING, by=None, at=MOMENT)
    assert code == "wrong_status"


def test_draw_begins_once_and_not_before_the_moment(release, two_slots, lin, mei):
    make_ticket(release, pair=make_pair(lin, mei, project=release.project), slots=two_slots)
    stale = Release.objects.get()

    assert not releases.begin_draw(release, now=MOMENT - timedelta(seconds=1))
    assert releases.begin_draw(release, now=MOMENT)
    assert not releases.begin_draw(stale, now=MOMENT)
    assert OrmQ.objects.count() == 1


def test_events_of_a_release_cannot_be_changed(release):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReleaseEvent.objects.update(reason="nothing")


def test_slot_that_is_closed_before_the_moment_stays_closed(release, two_slots, mara):
    slots.close_slot(two_slots[0], by=mara, now=NOW, reason="paint")
    releases.begin_draw(release, now=MOMENT)

    with pytest.raises(BookingRefused) as caught:
        check_slot(Slot.objects.get(pk=two_slots[0].pk), now=MOMENT)
    assert caught.value.code == "closed"


def test_sweep_finds_a_booking_before_the_moment_and_a_swapped_seed(release, two_slots, lin, mei):
    releases.begin_draw(release, now=MOMENT)
    pair = make_pair(lin, mei, project=release.project)
    bookings.hold_slot(two_slots[0].pk, pair=pair, by=lin, now=MOMENT)
    Release.objects.update(seed="00" * 32, opens_at=MOMENT + GRACE, status=ReleaseStatus.PLANNED)

    assert len(invariants.broken_releases()) == 3  # the log disagrees, too
