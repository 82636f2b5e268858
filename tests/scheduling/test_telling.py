"""People hear once what became of their booking; who did it does not need to. Rules: R-21, R-23, R-25."""

from datetime import datetime, timedelta

import pytest
from django.utils.translation import override

from accounts import delivery, sms, text_edits
from accounts.models import Message
from accounts.outbox import known_kinds
from accounts.sms_parts import measure_sms
from scheduling import bookings
from scheduling.models import Studio
from scheduling.telling import KINDS, NEWS_KEPT, params_of, tell_bookings, write_start
from tests.accounts.makers import confirm_address
from tests.factories import (
    NOW,
    SHANGHAI,
    THURSDAY_MORNING,
    make_booking,
    make_person,
    make_project,
    make_slot,
)

pytestmark = pytest.mark.django_db
# What carriers refuse: advertising for work, and links.
FORBIDDEN = ["兼职", "招募", "招聘", "http", "www"]


def told(*, now=NOW):
    """Tell, and return what was written to whom since the last time."""
    before = set(Message.objects.values_list("pk", flat=True))
    tell_bookings(now=now)
    rows = Message.objects.exclude(pk__in=before).order_by("pk")
    return [(row.template, row.person, row.channel) for row in rows]


def test_hold_tells_nobody(lin):
    make_booking(one=lin, status="held")

    assert told() == []


def test_partner_is_asked_and_both_hear_of_the_yes(lin, mei):
    confirm_address(mei)
    booking = make_booking(one=lin, other=mei, status="awaiting")
    assert told() == [("booking_asked", mei, "sms"), ("booking_asked", mei, "email")]

    bookings.accept_booking(booking, by=mei, now=NOW)

    assert sorted((template, person.pk, channel) for template, person, channel in told()) == [
        ("booking_confirmed", lin.pk, "sms"),
        ("booking_confirmed", mei.pk, "email"),
        ("booking_confirmed", mei.pk, "sms"),
    ]
    assert told() == []


def test_question_that_was_answered_is_not_sent_any_more(lin, mei):
    booking = make_booking(one=lin, other=mei, status="awaiting")
    tell_bookings(now=NOW)
    bookings.decline_booking(booking, by=mei, now=NOW)
    tell_bookings(now=NOW)

    delivery.deliver_due(now=NOW)

    assert [(m.template, m.person, m.status) for m in Message.objects.order_by("pk")] == [
        ("booking_asked", mei, "dropped"),
        ("booking_declined", lin, "sent"),
    ]


@pytest.mark.parametrize("who", ["lin", "mei"])
def test_who_cancels_is_not_told_and_the_other_is(request, who, lin, mei):
    booking = make_booking(one=lin, other=mei)
    tell_bookings(now=NOW)
    person = request.getfixturevalue(who)
    bookings.cancel_booking(booking, by=person, now=NOW)

    assert told() == [("booking_cancelled", mei if person == lin else lin, "sms")]


def test_studio_that_cancels_tells_both(lin, mei, mara):
    booking = make_booking(one=lin, other=mei)
    tell_bookings(now=NOW)
    bookings.cancel_booking(booking, by=mara, now=NOW, reason="no power")

    assert {(template, person) for template, person, _c in told()} == {
        ("booking_cancelled", lin),
        ("booking_cancelled", mei),
    }


def test_question_taken_back_and_question_run_out(lin, mei):
    booking = make_booking(one=lin, other=mei, status="awaiting")
    tell_bookings(now=NOW)
    bookings.cancel_booking(booking, by=lin, now=NOW)
    assert told() == [("booking_cancelled", mei, "sms")]

    other = make_booking(pair=booking.pair, slot=booking.slot, one=lin, status="awaiting")
    tell_bookings(now=NOW)
    bookings.expire_bookings(now=other.expires_at)

    assert {template for template, _p, _c in told(now=other.expires_at)} == {"booking_expired"}


def test_move_is_asked_for_then_told_to_both_in_one_message(lin, mei):
    booking = make_booking(one=lin, other=mei)
    friday = make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    tell_bookings(now=NOW)
    new = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    assert told() == [("booking_move_asked", mei, "sms")]

    bookings.accept_booking(new, by=mei, now=NOW)

    assert {(template, person) for template, person, _c in told()} == {
        ("booking_moved", lin),
        ("booking_moved", mei),
    }


def test_move_that_is_declined_leaves_the_session_and_says_so(lin, mei):
    booking = make_booking(one=lin, other=mei)
    friday = make_slot(project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=1))
    new = bookings.move_booking(booking, to_slot_id=friday.pk, by=lin, now=NOW)
    tell_bookings(now=NOW)
    bookings.decline_booking(new, by=mei, now=NOW)

    assert told() == [("booking_move_off", lin, "sms")]


def test_old_news_is_not_told():
    make_booking()

    assert told(now=NOW + NEWS_KEPT) == []


def test_time_is_the_citys_and_the_words_the_readers(lin):
    make_booking(one=lin, other=make_person(language="en"))
    tell_bookings(now=NOW)
    delivery.deliver_due(now=NOW)

    assert sorted(message.text for message in sms.MemoryBackend.sent) == [
        "【Duologue】Session confirmed: Thu 5 Mar, 09:00. Place: sign in",
        "【Duologue】录音已确认：3月5日 周四 09:00。地点请登录查看。",
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.template)
def test_each_text_is_one_part_that_carriers_let_pass(kind, language):
    assert known_kinds()[kind.template] is kind
    day = {"en": "Thu 31 Dec, 20:00", "zh-hans": "12月31日 周四 20:00"}[language]
    text = sms.render_message(
        to="", template=kind.template, language=language, params={"day": day, "until": day}
    ).text

    assert day in text
    assert sms.count_parts(text) == 1
    assert [word for word in FORBIDDEN if word in text] == []


# --- how long it can get ---


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_day_is_written_longer_than_the_longest(language):
    longest = known_kinds()["session_reminder"].longest["day"]
    slot = make_slot(project=make_project())
    with override(language):
        written = set()
        for day in range(366):
            slot.starts_at = datetime(2028, 1, 1, 21, 30, tzinfo=SHANGHAI) + timedelta(days=day)
            written.add(measure_sms(write_start(slot)).units)
        assert max(written) <= measure_sms(str(longest)).units


@pytest.mark.parametrize("letter", ["名", "𠮷", "😀", "a"])
def test_params_are_never_longer_than_what_texts_are_judged_by(lin, letter):
    booking = make_booking(one=lin)
    studio = booking.slot.booth.studio
    studio.name, studio.address = letter * 80, letter * 200

    for kind in KINDS:
        params = params_of(booking, person=lin, template=kind.template)
        with override("zh-hans"):
            longest = {name: str(value) for name, value in kind.longest.items()}
        assert {name: units(params[name]) <= units(longest[name]) for name in longest} == dict.fromkeys(
            longest, True
        )
        assert params["studio"].startswith(letter * 39)


def units(text):
    """Return the length in UCS-2."""
    return len(text.encode("utf-16-le")) // 2


def test_text_with_every_place_reaches_a_person_in_the_longest_studio(lin, mara):
    booking = make_booking(one=lin)
    studio = booking.slot.booth.studio
    Studio.objects.filter(pk=studio.pk).update(name="😀" * 80, address="𠮷" * 200)
    kind = known_kinds()["booking_confirmed"]
    for language in ("en", "zh-hans"):
        body = "{day} {studio} {address} {link} 😀"
        text_edits.write_text(kind, channel="sms", language=language, subject="", body=body, by=mara, now=NOW)
    tell_bookings(now=NOW)
    delivery.deliver_due(now=NOW)

    assert set(Message.objects.filter(template="booking_confirmed").values_list("status", flat=True)) == {
        "sent"
    }
    assert booking.slot.booth.studio_id == studio.pk
    assert all("😀" * 39 + "…" in message.text for message in sms.MemoryBackend.sent)


def test_managers_link_leads_to_their_desk(lin):
    booking = make_booking(one=lin)

    links = {name: params_of(booking, person=lin, template=name)["link"] for name in known_links()}

    assert links.pop("session_incomplete").endswith(f"/booking/desk/bookings/{booking.pk}/")
    assert {link.partition("/booking/")[2] for link in links.values()} == {f"sessions/{booking.pk}/"}


def known_links():
    return [kind.template for kind in KINDS if "link" in kind.longest]
