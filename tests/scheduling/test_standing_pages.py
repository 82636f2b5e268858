"""What people read of their attendance, and what managers decide about it. Rule: R-26."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.attendance import record_attendance
from scheduling.bookings import cancel_booking, fail_booking
from scheduling.models import Amnesty, Attendance, AttendanceEvent, Objection, Qualification
from scheduling.qualifications import keep_suspended, suspend_qualification
from tests.factories import NOW, THURSDAY_MORNING, make_booking, make_project, make_qualified, make_slot

pytestmark = pytest.mark.django_db
OWN, PEOPLE = reverse("scheduling:attendance_own"), reverse("scheduling:person_list")
KEY = "form-key-of-this-test-"


@pytest.fixture
def booked(lin, mei, clock):
    made = [make_booking(one=lin, other=mei)]
    for number in (1, 2):
        fail_booking(made[-1], by=lin, now=NOW, reason="test")
        slot = make_slot(project=made[0].project, starts_at=THURSDAY_MORNING + timedelta(days=number))
        made.append(make_booking(slot=slot, pair=made[0].pair, one=lin))
    clock.move_to(NOW + timedelta(days=9))
    return made


def miss(bookings, *, person, by, outcome="no_show"):
    for booking in bookings:
        record_attendance(booking, person=person, outcome=outcome, by=by, now=booking.slot.starts_at)


def read(client, path=OWN, language="en"):
    client.cookies["django_language"] = language
    return " ".join(client.get(path).content.decode().split())


def send(client, name, *args, **fields):
    client.cookies["django_language"] = "en"
    url = reverse(f"scheduling:{name}", args=args)
    number = send.count = getattr(send, "count", 0) + 1
    return client.post(url, {"form_key": f"{KEY}{number}", **fields}, follow=True)


def right_of(person):
    return Qualification.objects.get(person=person)


@pytest.mark.parametrize(
    ("missed", "english", "chinese"),
    [
        (0, "No missed session counts against you.", "你没有计入的未到场记录。"),
        (1, "One more missed session suspends you", "再有一次未到场，预约资格就会暂停"),
        (2, "You cannot book for now", "你暂时不能预约"),
    ],
)
def test_person_reads_where_they_stand(client_for, booked, lin, oskar, missed, english, chinese):
    miss(booked[:missed], person=lin, by=oskar)
    client = client_for(lin)

    assert english in read(client)
    assert chinese in read(client, language="zh-hans")
    assert (reverse("scheduling:suspension_object", args=[right_of(lin).pk]) in read(client)) == (missed == 2)


def test_person_reads_corrections_amnesty_late_cancellations_and_first_choice(
    client_for, booked, lin, oskar, mara
):
    miss(booked[:1], person=lin, by=oskar)
    miss(booked[1:2], person=lin, by=oskar, outcome="turned_away")
    start = booked[1].slot.starts_at
    record_attendance(booked[1], person=lin, outcome="no_show", by=mara, now=start, reason="错记")
    record_attendance(booked[1], person=lin, outcome="turned_away", by=mara, now=start, reason="监控显示到场")
    cancel_booking(booked[2], by=lin, now=booked[2].slot.starts_at - timedelta(hours=2))
    Amnesty.objects.create(project=booked[0].project, counts_from_at=start, reason="signs", by=mara, at=start)

    page = read(client_for(lin))

    for words in (
        "Does not count",
        "“No-show” until",
        "监控显示到场",
        "Cancelled late",
        "1 late cancellation.",
        "You have first choice",
        "Sessions missed before 6 Mar 2026 do not count.",
    ):
        assert words in page


def test_person_objects_and_the_manager_answers(client_for, booked, lin, oskar, mara):
    miss(booked[:2], person=lin, by=oskar)
    right = right_of(lin)
    answer = send(client_for(lin), "suspension_object", right.pk, words="我在门口<等>了")
    assert "waits for an answer" in answer.content.decode()
    assert "我在门口&lt;等&gt;了" in read(client_for(mara), PEOPLE)
    page = read(client_for(mara), reverse("scheduling:qualification_edit", args=[right.pk]))
    assert "Keep suspended" in page
    assert "Suspend for another reason too" in page

    answer = send(client_for(mara), "qualification_move", right.pk, verb="keep", reason="监控显示没来")

    assert answer.status_code == 200
    assert right.events.latest("pk").reason == "监控显示没来"
    page = read(client_for(lin))
    assert "The manager's words: 监控显示没来" in page
    assert "waits for an answer" not in page
    assert "Objections that wait" not in read(client_for(mara), PEOPLE)


def test_objection_without_words_and_twice_is_refused(client_for, booked, lin, oskar):
    miss(booked[:2], person=lin, by=oskar)
    client, right = client_for(lin), right_of(lin)

    assert send(client, "suspension_object", right.pk, words="").status_code == 422
    assert send(client, "suspension_object", right.pk, words="字" * 1001).status_code == 422
    send(client, "suspension_object", right.pk, words="one")
    again = send(client, "suspension_object", right.pk, words="two")

    assert "Your objection waits for an answer already." in again.content.decode()
    assert Objection.objects.count() == 1


def test_others_rights_are_not_found(client_for, booked, lin, mei, stranger, oskar):
    miss(booked[:2], person=lin, by=oskar)

    for person in (mei, stranger):
        assert send(client_for(person), "suspension_object", right_of(lin).pk, words="x").status_code == 404
    assert client_for(oskar).get(OWN).status_code == 403
    assert Client().get(OWN).status_code == 302
    assert client_for(lin).post(OWN).status_code == 405


def test_manager_overrides_on_the_page_of_the_booking(client_for, booked, lin, oskar, mara):
    miss(booked[:2], person=lin, by=oskar)
    voice = "a" if booked[1].pair.person_a == lin else "b"
    fields = {f"{voice}-outcome": "turned_away", f"{voice}-seen": "no_show"}
    client, name = client_for(mara), f"booking_attendance_{voice}"
    assert f'name="{voice}-seen" value="no_show"' in read(
        client, reverse("scheduling:booking_manage", args=[booked[1].pk])
    )

    page = read(client, reverse("scheduling:booking_manage", args=[booked[1].pk]))
    assert "2 of 2 no-shows that suspend. 0 late cancellations." in page
    assert reverse("scheduling:qualification_edit", args=[right_of(lin).pk]) in page

    answer = send(client, name, booked[1].pk, **fields)
    assert "Write why the outcome is corrected." in answer.content.decode()
    answer = send(client, name, booked[1].pk, **fields, **{f"{voice}-reason": "门牌有误"})
    assert "门牌有误" in answer.content.decode()
    again = send(
        client, name, booked[1].pk, **{**fields, f"{voice}-outcome": "late"}, **{f"{voice}-reason": "x"}
    )

    assert "Somebody else has written another outcome meanwhile." in again.content.decode()
    assert Attendance.objects.get(booking=booked[1], person=lin).outcome == "turned_away"
    assert AttendanceEvent.objects.filter(attendance__person=lin).count() == 3
    assert right_of(lin).status == "active"


def test_manager_gives_and_takes_back_an_amnesty_for_one(client_for, booked, lin, oskar, mara):
    miss(booked[:2], person=lin, by=oskar)
    client, right = client_for(mara), right_of(lin)

    assert send(client, "person_amnesty", right.pk, reason="x").status_code == 422
    send(client, "person_amnesty", right.pk, counts_from_on="2026-03-06", reason="牌子错了")
    assert right_of(lin).status == "active"
    send(client, "person_amnesty", right.pk, wish="end", reason="牌子没错")

    assert right_of(lin).status == "suspended"
    assert list(Amnesty.objects.order_by("pk").values_list("person", "reason")) == [
        (lin.pk, "牌子错了"),
        (lin.pk, "牌子没错"),
    ]


def test_manager_decides_for_a_project_and_a_day_to_come_is_refused(client_for, booked, mara):
    client, slug = client_for(mara), booked[0].project.slug

    late = send(client, "project_amnesty", slug, counts_from_on="2026-03-12", reason="x")
    assert late.status_code == 422
    assert "This day is still to come." in late.content.decode()
    page = send(
        client, "project_amnesty", slug, counts_from_on="2026-03-01", reason="规则有变"
    ).content.decode()

    assert "规则有变" in page
    assert "Let all count again" in page
    assert Amnesty.objects.get().person is None


@pytest.mark.parametrize("who", ["lin", "oskar", "fang"])
def test_decisions_are_for_managers(request, client_for, booked, lin, who):
    client = client_for(request.getfixturevalue(who))
    right = right_of(lin)

    assert client.get(reverse("scheduling:project_amnesty", args=[booked[0].project.slug])).status_code == 403
    assert send(client, "project_amnesty", booked[0].project.slug, reason="x").status_code == 403
    assert send(client, "person_amnesty", right.pk, reason="x").status_code == 403
    assert not Amnesty.objects.exists()


def test_pages_cost_the_same_for_one_and_three_sessions(client_for, booked, lin, oskar, mara):
    own, desk = client_for(lin), client_for(mara)
    edit = reverse("scheduling:qualification_edit", args=[right_of(lin).pk])

    def cost():
        counts = []
        for client, path in ((own, OWN), (desk, edit)):
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            counts.append(len(queries))
        return counts

    miss(booked[:1], person=lin, by=oskar, outcome="late")
    one = cost()
    miss(booked[1:], person=lin, by=oskar, outcome="late")

    assert cost() == one
    assert max(one) <= 30


def test_person_without_a_right_is_told_how_to_get_one(client_for, stranger):
    assert "Nothing to show yet" in read(client_for(stranger))


def test_suspended_by_hand_reads_the_managers_words(client_for, lin, mara):
    right = make_qualified(lin, project=make_project())
    suspend_qualification(right, by=mara, now=NOW, reason="骂人")
    keep_suspended(right, by=mara, now=NOW, reason="看过录像")

    page = read(client_for(lin), language="zh-hans")

    assert "管理员暂停了你的预约资格。" in page
    assert "管理员的说明：看过录像" in page
