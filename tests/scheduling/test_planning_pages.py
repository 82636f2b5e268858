"""Managers' pages of publishing, blackouts and exceptions, in both languages and by hand-made requests."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from scheduling import blackouts, slots, weekly
from scheduling.models import Blackout, Slot, SlotTemplate, TemplateException
from tests.factories import NOW, THURSDAY_MORNING, make_booth, make_city, make_pair, make_project, make_slot
from tests.scheduling.desk import address_of, queries_of
from tests.scheduling.test_rota import make_live_booking

pytestmark = pytest.mark.django_db

DAYS = {"from_on": "2026-03-02", "to_on": "2026-03-08"}
PUBLISH = reverse("scheduling:template_publish")
BLACKOUT_NEW = reverse("scheduling:blackout_new")


@pytest.fixture
def project(clock):
    return make_project()


@pytest.fixture
def manager(client_for, mara, clock):
    """mara's browser."""
    return client_for(mara)


def make_week(project, booth=None, *, starts_time=time(9)):
    booth = booth or make_booth()
    for weekday in range(7):
        slots.create_template(
            project, booth=booth, weekday=weekday, starts_time=starts_time, valid_from=date(2026, 3, 2)
        )
    return booth


def in_chinese(browser, address, data=None, *, method="get"):
    browser.cookies["django_language"] = "zh-hans"
    text = getattr(browser, method)(address, data).content.decode()
    del browser.cookies["django_language"]
    return text


# --- publishing ---


def test_preview_says_for_each_day_what_is_made_and_what_is_not(manager, mara, project):
    booth = make_week(project)
    blackouts.declare_blackout(
        booth,
        from_on=date(2026, 3, 5),
        to_on=date(2026, 3, 5),
        reason="风扇",
        closes_free=True,
        by=mara,
        now=NOW,
    )

    preview = manager.get(PUBLISH, {"project": project.pk, **DAYS})

    figures = [preview.context[name] for name in ("new_count", "exists_count", "conflict_count")]
    assert figures == [5, 0, 1]
    text = preview.content.decode()
    assert "Blackout: 风扇" in text
    assert "0 staff, 2 needed at once" in text
    assert "1 cannot be made" in text
    chinese = in_chinese(manager, PUBLISH, {"project": project.pk, **DAYS})
    assert "停录期：风扇" in chinese
    assert "1 个无法生成" in chinese


def test_preview_hints_at_holidays_and_refuses_nothing(manager, project):
    make_week(project)
    days = {"project": project.pk, "from_on": "2026-09-30", "to_on": "2026-10-10"}

    text = manager.get(PUBLISH, days).content.decode()

    assert "National Day" in text
    assert "Publish 11 slots" in text
    assert "调休上班（国庆节）" in in_chinese(manager, PUBLISH, days)
    unknown = {**days, "from_on": "2026-12-30", "to_on": "2027-01-02"}
    assert "The public holidays of 2027 are not known yet." in manager.get(PUBLISH, unknown).content.decode()


def test_preview_narrows_to_cities_and_booths(manager, project):
    booth = make_week(project)
    make_week(project, make_booth(city=make_city(name="Shanghai", name_zh="上海")))

    def count(**chosen):
        return manager.get(PUBLISH, {"project": project.pk, **DAYS, **chosen}).context["new_count"]

    assert (count(), count(cities=[booth.studio.city_id]), count(booths=[booth.pk])) == (12, 6, 6)
    assert manager.get(PUBLISH, {"project": project.pk, **DAYS, "booths": ["999"]}).status_code == 422


def test_publishing_says_what_has_changed_meanwhile(manager, mara, project):
    booth = make_week(project)
    data = {"project": project.pk, **DAYS}
    data["shown"] = manager.get(PUBLISH, data).context["shown"]
    blackouts.declare_blackout(
        booth,
        from_on=date(2026, 3, 5),
        to_on=date(2026, 3, 5),
        reason="x",
        closes_free=True,
        by=mara,
        now=NOW,
    )

    answer = manager.post(PUBLISH, data)

    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Nothing was published" in text
    assert "1 new slots then, 0 now" in text
    assert "没有发布任何时段" in in_chinese(manager, PUBLISH, data, method="post")
    assert Slot.objects.count() == 0
    manager.post(PUBLISH, {**data, "shown": answer.context["shown"]})
    assert Slot.objects.count() == 5


def test_publishing_by_hand_without_a_preview_makes_nothing(manager, project):
    make_week(project)

    assert manager.post(PUBLISH, {"project": project.pk, **DAYS}).status_code == 409
    assert Slot.objects.count() == 0


def test_preview_costs_the_same_for_one_and_three_booths(manager, project):
    address = f"{PUBLISH}?project={project.pk}&from_on=2026-03-02&to_on=2026-03-08"
    make_week(project)
    one = queries_of(manager, address)
    make_week(project)
    make_week(project)

    assert queries_of(manager, address) == one


# --- blackouts ---


def blackout_data(place="all", **changes):
    days = {"from_on": "2026-03-05", "to_on": "2026-03-06"}
    return {"place": place, **days, "reason": "装修", "form_key": "a-key-of-this-form", **changes}


def test_blackout_shows_whom_it_hurts_before_anything_is_written(manager, lin, mei, project):
    booth = make_booth()
    booked = make_slot(project=project, booth=booth)
    make_live_booking(booked, make_pair(lin, mei, project=project))
    free = make_slot(project=project, booth=booth, starts_at=THURSDAY_MORNING + timedelta(hours=5))
    data = blackout_data(f"booth:{booth.pk}")

    preview = manager.get(BLACKOUT_NEW, data)

    text = preview.content.decode()
    assert "林小雨" in text
    assert "梅朵" in text
    assert Blackout.objects.count() == 0
    answer = manager.post(BLACKOUT_NEW, {**data, "close_free": "on"}, follow=True)
    assert "1 free slot is closed" in answer.content.decode()
    assert "林小雨" in answer.content.decode()
    free.refresh_from_db()
    booked.refresh_from_db()
    assert (free.status, booked.status) == ("closed", "open")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"to_on": "2026-03-04"}, "range", "请选择起止日期"),
        ({"from_on": "2026-02-01", "to_on": "2026-02-02"}, "past", "这些日期已经过去"),
        ({"to_on": "9999-12-31"}, "year", "请选择 2000 年至 2100 年之间的日期"),
        ({"from_on": "0001-01-01"}, "year", "请选择 2000 年至 2100 年之间的日期"),
        ({"place": "booth:999"}, "place", "请从列表里选择地点"),
        ({"place": "booth:x"}, "place", "请从列表里选择地点"),
        ({"place": "moon:1"}, "place", "请从列表里选择地点"),
        ({"reason": ""}, "required", ""),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_blackout_refuses_bad_input_from_page_and_by_hand(manager, method, changes, code, words):
    data = blackout_data(**changes)

    answer = getattr(manager, method)(BLACKOUT_NEW, data)

    assert answer.status_code == 422
    errors = answer.context["form"].errors.as_data()
    assert [error.code for found in errors.values() for error in found] == [code]
    assert words in in_chinese(manager, BLACKOUT_NEW, data, method=method)
    assert Blackout.objects.count() == 0


def test_blackout_sent_twice_is_declared_once(manager, project):
    answers = [manager.post(BLACKOUT_NEW, blackout_data())["Location"] for _sent in range(2)]

    assert answers == [address_of("blackout_detail", Blackout.objects.get().pk)] * 2
    assert manager.post(BLACKOUT_NEW, blackout_data(form_key="")).status_code == 400


def test_blackout_page_closes_what_is_free_still(manager, project):
    slot = make_slot(project=project)
    manager.post(BLACKOUT_NEW, blackout_data())
    page, close = (
        address_of(name, Blackout.objects.get().pk) for name in ("blackout_detail", "blackout_close")
    )
    assert close in manager.get(page).content.decode()

    answer = manager.post(close, follow=True)

    assert "1 free slot is closed." in answer.content.decode()
    slot.refresh_from_db()
    assert slot.status == "closed"
    assert close not in answer.content.decode()
    manager.post(address_of("blackout_lift", Blackout.objects.get().pk))
    assert "This blackout was lifted already." in manager.post(close, follow=True).content.decode()


def test_blackout_is_lifted_from_its_page_and_listed_apart(manager, project):
    manager.post(BLACKOUT_NEW, blackout_data())
    blackout = Blackout.objects.get()
    listed = address_of("blackout_list")
    assert "装修" in manager.get(listed).content.decode()

    manager.post(address_of("blackout_lift", blackout.pk))
    again = manager.post(address_of("blackout_lift", blackout.pk), follow=True)

    assert "This blackout was lifted already." in again.content.decode()
    assert "装修" not in manager.get(listed).content.decode()
    assert "Lifted" in manager.get(listed, {"past": ""}).content.decode()


def test_blackout_pages_cost_the_same_for_one_and_three(manager, lin, mei, stranger, mara, project):
    pairs = [make_pair(lin, other, project=project) for other in (mei, stranger)]
    booked = [make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(hours=5 * n)) for n in (0, 1)]
    place = booked[0].booth.studio.city
    days = {"from_on": date(2026, 3, 5), "to_on": date(2026, 3, 5), "closes_free": False}
    counts = []
    for slot, pair in zip(booked, pairs, strict=True):
        make_live_booking(slot, pair)
        blackout = blackouts.declare_blackout(place, **days, reason=f"x{slot.pk}", by=mara, now=NOW).blackout
        detail = address_of("blackout_detail", blackout.pk)
        counts.append((queries_of(manager, detail), queries_of(manager, address_of("blackout_list"))))
        blackouts.declare_blackout(place, **days, reason=f"y{slot.pk}", by=mara, now=NOW)

    assert counts[0] == counts[1]


# --- exceptions ---


def test_template_page_leaves_out_adds_and_removes(manager, project):
    make_week(project)
    template = SlotTemplate.objects.get(weekday=3)

    manager.post(
        address_of("template_leave_out", template.pk), {"out-on": "2026-03-05", "out-reason": "考试"}
    )
    manager.post(
        address_of("template_one_off", template.pk), {"off-on": "2026-03-06", "off-starts_time": "14:00"}
    )

    text = manager.get(address_of("template_edit", template.pk)).content.decode()
    assert "考试" in text
    assert "Fri 6 Mar 14:00" in text
    for exception in TemplateException.objects.all():
        manager.post(address_of("exception_remove", template.pk, exception.pk))
    assert TemplateException.objects.count() == 0


def test_template_page_refuses_in_both_languages(manager, project):
    make_week(project)
    template = SlotTemplate.objects.get(weekday=3)
    leave_out = address_of("template_leave_out", template.pk)
    one_off = address_of("template_one_off", template.pk)

    answer = manager.post(leave_out, {"out-on": "2026-03-06"})
    assert (answer.status_code, "makes no slot on that day" in answer.content.decode()) == (422, True)
    assert "这个周模板那天没有时段" in in_chinese(manager, leave_out, {"out-on": "2026-03-06"}, method="post")
    late = {"off-on": "2026-03-06", "off-starts_time": "22:00"}
    answer = manager.post(one_off, late)
    assert (answer.status_code, "ends on the day it begins" in answer.content.decode()) == (422, True)
    assert "时段不能跨过午夜" in in_chinese(manager, one_off, late, method="post")
    assert manager.post(one_off, {"off-on": "x"}).status_code == 422


def test_an_exception_of_another_template_is_404(manager, mara, project):
    make_week(project)
    one, other = SlotTemplate.objects.order_by("pk")[3:5]
    exception = weekly.leave_out(one, on=date(2026, 3, 5), reason="", by=mara, now=NOW)

    assert manager.post(address_of("exception_remove", other.pk, exception.pk)).status_code == 404
