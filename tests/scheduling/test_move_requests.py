"""Asking a pair to move, and their answers: once, in time, by the two alone."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from accounts.models import Message
from scheduling import blackouts, bookings, move_requests, plan_changes, slots
from scheduling.models import (
    BookingStatus,
    MoveRequest,
    MoveRequestStatus,
    Shift,
    Slot,
    SlotStatus,
    SlotTemplate,
)
from scheduling.move_requests import RequestRefused
from scheduling.occupancy import AlreadyTaken
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booking,
    make_booth,
    make_pair,
    make_person,
    make_project,
    make_shift,
    make_slot,
)
from tests.scheduling.desk import address_of
from tests.scheduling.test_slots import make_template, refusal_of

pytestmark = pytest.mark.django_db

FRIDAY = THURSDAY_MORNING + timedelta(days=1)
ON = date(2026, 3, 5)


@pytest.fixture
def booking(lin, mei, clock):
    """lin's and mei's confirmed session on Thursday; Friday and the Saturdays after are free."""
    booking = make_booking(one=lin, other=mei)
    for days in (1, 2, 3, 4):
        make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=days))
    return booking


def ask(booking, *, by, now=NOW, reason="装修"):
    return move_requests.ask_to_move(booking, reason=reason, by=by, now=now)


def request_refusal(function, *args, **kwargs):
    with pytest.raises(RequestRefused) as refusal:
        function(*args, **kwargs)
    return refusal.value.code


def test_asking_proposes_the_nearest_three_and_holds_none(booking, mara):
    request = ask(booking, by=mara)

    slots_proposed = [option.slot.starts_at for option in request.options.all()]
    assert slots_proposed == [THURSDAY_MORNING + timedelta(days=days) for days in (1, 2, 3)]
    assert request.expires_at == NOW + timedelta(hours=47)
    assert not request.options.filter(slot__bookings__isnull=False).exists()
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CONFIRMED


def test_asking_proposes_no_day_of_a_blackout(booking, mara):
    days = [THURSDAY_MORNING.date() + timedelta(days=number) for number in (1, 2)]
    city = booking.slot.booth.studio.city
    for place, on in zip((city, None), days, strict=True):
        made = plan_changes.declare_blackout(
            place, from_on=on, to_on=on, reason="装修", closes_free=False, ask=[], by=mara, now=NOW
        )
    blackouts.lift_blackout(made[0].blackout, by=mara, now=NOW)

    request = ask(booking, by=mara)

    proposed = {option.slot.starts_at for option in request.options.all()}
    assert proposed == {THURSDAY_MORNING + timedelta(days=days) for days in (2, 3, 4)}


def test_asking_proposes_the_nearest_though_very_many_are_earlier(booking, mara):
    project, booth = booking.project, make_booth()
    starts = [NOW + timedelta(hours=8, minutes=30 * number) for number in range(62)]
    crowd = Slot.objects.bulk_create(
        Slot(project=project, booth=booth, starts_at=at, ends_at=at + timedelta(minutes=30)) for at in starts
    )
    staff = booking.slot.shifts.all()[: project.min_staff]
    Shift.objects.bulk_create(Shift(slot=slot, person=one.person) for slot in crowd for one in staff)

    request = ask(booking, by=mara)

    assert {option.slot.starts_at for option in request.options.all()} == {FRIDAY, *starts[-2:]}


def test_asking_leaves_out_when_one_of_the_two_is_elsewhere(booking, lin, stranger, mara):
    busy = make_slot(project=booking.project, starts_at=FRIDAY)
    make_booking(pair=make_pair(lin, stranger, project=booking.project), one=lin, slot=busy)

    starts = {option.slot.starts_at for option in ask(booking, by=mara).options.all()}

    assert FRIDAY not in starts


def test_asking_tells_both_once(booking, lin, mei, mara):
    ask(booking, by=mara)

    told = Message.objects.filter(template="move_wanted")
    assert set(told.values_list("person", flat=True)) == {lin.pk, mei.pk}
    assert "/booking/sessions/" in told[0].params["link"]


def test_asking_is_refused_when_it_makes_no_sense(booking, lin, mei, mara):
    held = make_booking(
        pair=make_pair(make_person("甲"), make_person("乙"), project=booking.project),
        slot=make_slot(project=booking.project),
        status=BookingStatus.HELD,
    )

    assert request_refusal(ask, booking, by=mara, reason=" ") == "reason"
    assert request_refusal(ask, held, by=mara) == "not_confirmed"
    assert request_refusal(ask, booking, by=mara, now=THURSDAY_MORNING - timedelta(hours=24)) == "too_late"
    ask(booking, by=mara)
    assert request_refusal(ask, booking, by=mara) == "asked"
    request = MoveRequest.objects.get()
    move_requests.choose_option(request, slot_id=request.options.first().slot_id, by=lin, now=NOW)
    assert request_refusal(ask, booking, by=mara) == "move_open"


def test_choosing_asks_the_partner_and_the_session_stands_until_the_yes(booking, lin, mei, mara):
    request = ask(booking, by=mara)
    option = request.options.first()

    new = move_requests.choose_option(request, slot_id=option.slot_id, by=lin, now=NOW)

    booking.refresh_from_db()
    assert (booking.status, new.status, new.moved_from) == ("confirmed", "awaiting", booking)
    assert (request.status, request.chosen) == (MoveRequestStatus.CHOSEN, new)
    bookings.accept_booking(new, by=mei, now=NOW)
    booking.refresh_from_db()
    assert (booking.status, new.status) == ("cancelled", "confirmed")
    events = list(request.events.order_by("pk").values_list("old", "new", "by"))
    assert events == [("", "open", mara.pk), ("open", "chosen", lin.pk)]


def test_an_answer_comes_once_in_time_and_from_the_two(booking, lin, mei, stranger, mara):
    request = ask(booking, by=mara)
    slot_id = request.options.first().slot_id
    choose = move_requests.choose_option

    assert request_refusal(choose, request, slot_id=slot_id, by=stranger, now=NOW) == "not_yours"
    other = make_slot(project=booking.project, starts_at=FRIDAY)
    assert request_refusal(choose, request, slot_id=other.pk, by=lin, now=NOW) == "not_offered"
    assert request_refusal(choose, request, slot_id=slot_id, by=lin, now=request.expires_at) == "expired"
    move_requests.keep_time(request, by=mei, now=NOW)
    assert request_refusal(choose, request, slot_id=slot_id, by=lin, now=NOW) == "answered"
    stale = MoveRequest.objects.get()
    stale.status = MoveRequestStatus.OPEN
    assert request_refusal(move_requests.keep_time, stale, by=lin, now=NOW) == "answered"
    assert request_refusal(move_requests.withdraw_request, request, by=mara, now=NOW) == "answered"


def test_a_slot_that_somebody_else_took_is_refused_and_the_question_stays(booking, lin, mara):
    request = ask(booking, by=mara)
    option = request.options.first()
    pair = make_pair(make_person("甲"), make_person("乙"), project=booking.project)
    make_booking(pair=pair, slot=option.slot)

    with pytest.raises((AlreadyTaken, bookings.BookingRefused)) as refusal:
        move_requests.choose_option(request, slot_id=option.slot_id, by=lin, now=NOW)

    assert refusal.value.code == "taken"
    assert MoveRequest.objects.get().status == MoveRequestStatus.OPEN


def test_requests_end_with_their_time_or_their_session(booking, lin, mara):
    request = ask(booking, by=mara)
    assert move_requests.expire_requests(now=NOW) == 0

    bookings.cancel_booking(booking, by=lin, now=NOW)

    assert move_requests.open_requests([booking.pk], now=NOW) == {}
    assert (move_requests.expire_requests(now=NOW), move_requests.expire_requests(now=NOW)) == (1, 0)
    request.refresh_from_db()
    assert request.status == MoveRequestStatus.EXPIRED


# --- changes of the plan ---


def test_ending_a_template_closes_free_slots_and_asks_whom_one_names(lin, mei, stranger, mara, clock):
    project = make_project()
    template = make_template(project, make_booth())
    [first, second] = slots.publish_slots(
        project=project, from_on=ON, to_on=date(2026, 3, 15), by=mara, now=NOW
    )
    make_shift(first, by=mara)
    for _number in range(2):
        make_shift(second, by=mara)
    booked = make_booking(one=lin, other=mei, slot=second)
    foreseen = plan_changes.foresee_end(template, on=date(2026, 3, 4), now=NOW)

    ended = plan_changes.end_template(
        template, on=date(2026, 3, 4), reason="停用", ask={booked.pk, 999}, by=mara, now=NOW
    )

    assert (foreseen.free, foreseen.booked) == ([first], [booked])
    assert (ended.closed, ended.left.booked) == ([first], [booked])
    assert [request.booking for request in ended.asked.requests] == [booked]
    second.refresh_from_db()
    booked.refresh_from_db()
    assert (second.status, booked.status) == (SlotStatus.OPEN, BookingStatus.CONFIRMED)


def test_changing_a_template_lets_another_time_follow(mara, clock):
    project = make_project()
    template = make_template(project, make_booth())

    ended = plan_changes.end_template(
        template, on=ON, reason="x", ask=(), by=mara, now=NOW, instead=(3, time(10))
    )

    assert (ended.successor.starts_time, ended.successor.valid_from) == (time(10), date(2026, 3, 6))
    refusal = refusal_of(
        plan_changes.end_template,
        ended.successor,
        on=date(2026, 3, 12),
        reason="x",
        ask=(),
        by=mara,
        now=NOW,
        instead=(3, time(22)),
    )
    assert refusal.code == "midnight"
    assert SlotTemplate.objects.get(pk=ended.successor.pk).valid_to is None
    for changes, code in (({"reason": " "}, "reason"), ({"on": date(2026, 3, 1)}, "range")):
        data = {"on": ON, "reason": "x", "ask": (), "by": mara, "now": NOW, **changes}
        assert refusal_of(plan_changes.end_template, template, **data).code == code


# --- pages ---


def test_template_end_page_lists_first_and_ends_then(client_for, mara, lin, mei, clock):
    project = make_project()
    template = make_template(project, make_booth())
    [slot] = slots.publish_slots(project=project, from_on=ON, to_on=ON, by=mara, now=NOW)
    for _number in range(2):
        make_shift(slot, by=mara)
    booked = make_booking(one=lin, other=mei, slot=slot)
    address, browser = address_of("template_end", template.pk), client_for(mara)
    data = {"on": "2026-03-03", "reason": "停用", "weekday": "", "starts_time": ""}

    assert browser.get(address).status_code == 200
    preview = browser.get(address, data)
    assert "林小雨" in preview.content.decode()
    template.refresh_from_db()
    assert template.valid_to is None
    answer = browser.post(address, {**data, "ask": [booked.pk, "x"]}, follow=True)
    assert "1 pair is asked to move." in answer.content.decode()
    template.refresh_from_db()
    assert template.valid_to == date(2026, 3, 3)
    assert browser.get(address, {**data, "on": "2026-04-01"}).status_code == 422
    assert browser.post(address, {**data, "on": "x"}).status_code == 422
    assert browser.post(address, {**data, "on": "2026-03-02", "starts_time": "09:10"}).status_code == 422


def test_blackout_page_asks_whom_one_ticks(client_for, mara, booking):
    data = {"place": "all", "from_on": "2026-03-05", "to_on": "2026-03-05", "reason": "停电"}

    client_for(mara).post(
        address_of("blackout_new"), {**data, "ask": [booking.pk], "form_key": "a-key-of-this-form"}
    )

    assert MoveRequest.objects.get().booking == booking
    assert blackouts.Blackout.objects.count() == 1


def test_the_pair_answers_in_one_press(client_for, lin, mei, stranger, mara, booking):
    client_for(mara).post(address_of("move_request_new", booking.pk), {"reason": "风扇坏了"})
    request = MoveRequest.objects.get()
    page = reverse("scheduling:booking_detail", args=[booking.pk])
    browser = client_for(lin)
    choose = address_of("move_request_choose", request.pk, request.options.first().slot_id)

    text = browser.get(page).content.decode()
    assert "风扇坏了" in text
    assert choose in text
    browser.cookies["django_language"] = "zh-hans"
    assert "录音棚希望你们改期" in browser.get(page).content.decode()
    assert client_for(stranger).post(choose, {"form_key": "a-key-of-strangers"}).status_code == 404
    assert browser.get(choose).status_code == 405
    answer = browser.post(choose, {"form_key": "a-key-of-this-form"})
    assert answer["Location"] == reverse(
        "scheduling:booking_detail", args=[request.booking.moved_to.get().pk]
    )
    again = client_for(mei).post(choose, {"form_key": "another-key-of-it"}, follow=True)
    assert "answered already" in again.content.decode()
    assert "风扇坏了" in client_for(mara).get(address_of("booking_manage", booking.pk)).content.decode()


def test_the_pair_may_keep_its_time_and_the_manager_may_take_it_back(client_for, lin, mara, booking):
    manager = client_for(mara)
    manager.post(address_of("move_request_new", booking.pk), {"reason": "x"})
    first = MoveRequest.objects.get()

    manager.post(address_of("move_request_withdraw", first.pk))
    late = client_for(lin).post(address_of("move_request_keep", first.pk), follow=True)
    assert "answered already" in late.content.decode()
    manager.post(address_of("move_request_new", booking.pk), {"reason": "y"})
    client_for(lin).post(address_of("move_request_keep", MoveRequest.objects.latest("pk").pk))

    assert list(MoveRequest.objects.order_by("pk").values_list("status", flat=True)) == ["withdrawn", "kept"]
    refused = manager.post(address_of("move_request_new", booking.pk), {"reason": " "}, follow=True)
    assert "Write the reason" in refused.content.decode()
    assert client_for(lin).post(address_of("move_request_new", booking.pk)).status_code == 403
