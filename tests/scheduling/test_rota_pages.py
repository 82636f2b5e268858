"""The pages of the rota: times of the staff, the week board, one person's day, and the proposal."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.access import Role
from scheduling import rota, working_times
from scheduling.form_keys import make_form_key
from scheduling.models import DayException, DayPart, ShiftStatus, StudioStaff, WorkingTime
from tests.factories import NOW, THURSDAY_MORNING, make_booth, make_project, make_shift, make_slot, make_staff
from tests.scheduling.desk import queries_of

pytestmark = pytest.mark.django_db
THURSDAY = THURSDAY_MORNING.date()
ALL_TIMES = [(weekday, part.value) for weekday in range(7) for part in DayPart]


def address_of(name, *args):
    return reverse(f"scheduling:{name}", args=args)


@pytest.fixture
def studio(clock):
    return make_booth().studio


@pytest.fixture
def slot(studio):
    return make_slot(project=make_project(), booth=studio.booths.get(), staff=0)


@pytest.fixture
def operator(client_for, oskar, studio):
    """oskar's browser; he works in the studio."""
    StudioStaff.objects.create(studio=studio, person=oskar)
    return client_for(oskar)


@pytest.fixture
def manager(client_for, mara, clock):
    return client_for(mara)


def hire(studio, *, name="闲", times=None):
    """Return an operator of the studio who can come at all times, or at those given; None says nothing."""
    person = make_staff(Role.OPERATOR, name=name)
    StudioStaff.objects.create(studio=studio, person=person)
    chosen = ALL_TIMES if times is None else times
    working_times.set_week(
        person, times={(studio.pk, *time) for time in chosen}, wished_hours=15, by=person, now=NOW
    )
    return person


# --- when they can work ---


def test_operator_says_their_week_and_sees_it_again(operator, oskar, studio):
    page = operator.get(address_of("week_edit")).content.decode()
    assert "Nothing is said yet" in page

    time = f"{studio.pk}:3:1_morning"
    answer = operator.post(address_of("week_edit"), {"time": [time], "wished_hours": "12"}, follow=True)

    assert f'value="{time}" checked' in answer.content.decode()
    assert WorkingTime.objects.get().person == oskar
    assert working_times.terms_of(oskar).wished_hours == 12


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"time": ["x"], "wished_hours": "12"}, 422),
        ({"time": ["999:3:1_morning"], "wished_hours": "12"}, 409),
        ({"time": [], "wished_hours": "0"}, 422),
        ({"time": []}, 422),
    ],
)
def test_week_of_a_forged_form_is_refused_on_its_page(operator, data, status):
    answer = operator.post(address_of("week_edit"), data)

    assert answer.status_code == status
    assert not WorkingTime.objects.exists()


def test_operator_adds_and_takes_back_days(operator, oskar):
    data = {"kind": "away", "from_on": "2026-03-05", "note": "婚礼"}
    answer = operator.post(address_of("days_new"), data, follow=True)
    assert "婚礼" in answer.content.decode()
    row = DayException.objects.get(person=oskar)
    assert (row.from_on, row.to_on, row.part) == (date(2026, 3, 5), date(2026, 3, 5), "")

    operator.post(address_of("days_remove", row.pk))

    assert not DayException.objects.exists()


def test_days_that_are_over_are_refused_in_both_languages(operator):
    data = {"kind": "away", "from_on": "2026-02-05"}

    english = operator.post(address_of("days_new"), data)
    chinese = operator.post(address_of("days_new"), data, headers={"accept-language": "zh-hans"})

    assert (english.status_code, chinese.status_code) == (409, 409)
    assert "These days are over. Choose days to come." in english.content.decode()
    assert "这些日子已经过去，请选择以后的日期。" in chinese.content.decode()


def test_nobody_changes_the_times_of_others(operator, client_for, oskar, mara, lin, studio):
    other = hire(studio)
    days = DayException.objects.create(
        person=other, kind="away", from_on=THURSDAY, to_on=THURSDAY, made_at=NOW
    )

    assert operator.get(address_of("week_edit", other.pk)).status_code == 404
    assert operator.post(address_of("days_remove", days.pk)).status_code == 404
    assert operator.post(address_of("limits_edit", other.pk), {"per_day": "3"}).status_code == 403
    assert client_for(lin).get(address_of("week_edit")).status_code == 403
    assert client_for(mara).get(address_of("week_edit")).status_code == 404
    assert client_for(mara).get(address_of("week_edit", lin.pk)).status_code == 404
    assert Client().get(address_of("week_edit")).status_code == 302


def test_manager_changes_times_and_limits_for_them(manager, operator, oskar, studio):
    data = {"time": [f"{studio.pk}:0:3_evening"], "wished_hours": "8"}
    manager.post(address_of("week_edit", oskar.pk), data)
    manager.post(address_of("limits_edit", oskar.pk), {"per_day": "1", "per_week": ""})
    answer = manager.post(address_of("limits_edit", oskar.pk), {"per_day": "9"})

    assert answer.status_code == 422
    terms = working_times.terms_of(oskar)
    assert (terms.wished_hours, terms.max_shifts_per_day, terms.max_shifts_per_week) == (8, 1, None)
    assert "马" in operator.get(address_of("week_edit")).content.decode()


# --- by hand ---


def test_slot_names_who_is_free_and_who_with_a_reason_only(manager, studio, slot):
    free, away = hire(studio), hire(studio, name="走", times=[])

    answer = manager.get(address_of("slot_edit", slot.pk))

    assert [row.person for row in answer.context["free_staff"]] == [free]
    assert [(row.person, row.words) for row in answer.context["doubtful_staff"]] == [
        (away, ["Cannot come then"])
    ]
    assert "0 of 10 shifts this week, 0 h in 5 weeks" in answer.content.decode()


def test_doubt_is_said_and_overruled_with_a_reason(manager, studio, slot):
    away = hire(studio, times=[])
    address = address_of("shift_new", slot.pk)

    answer = manager.post(address, {"person": away.pk}, follow=True)
    text = answer.content.decode()
    assert "cannot come at that time. Write a reason" in text
    assert f"{away.pseudonym} cannot come" not in text
    answer = manager.post(
        address, {"person": away.pk, "reason": " "}, follow=True, headers={"accept-language": "zh"}
    )
    assert "那个时段不能来。 如仍要排班，请写明理由。" in answer.content.decode()
    assert not slot.shifts.exists()

    manager.post(address, {"person": away.pk, "reason": "他答应了"})

    assert slot.shifts.get().events.get().reason == "他答应了"


def test_board_shows_what_people_say_and_how_many_gaps_fit(manager, studio, slot):
    person = hire(studio, times=[(3, "1_morning")])

    answer = manager.get(address_of("rota"), {"week": THURSDAY.isoformat()})

    [(row, cells)] = answer.context["rows"]
    assert row.head == person
    assert [(board.says, board.gaps, board.fits) for _day, board in cells][3] == ("Morning", 1, 1)
    assert cells[0][1].is_away
    assert address_of("rota_day", person.pk, THURSDAY) in answer.content.decode()


@pytest.mark.parametrize("page", ["rota", "rota_propose"])
def test_board_and_proposal_cost_the_same_for_one_and_three_people(manager, studio, slot, page):
    hire(studio)
    address = f"{address_of(page)}?week={THURSDAY}"
    one = queries_of(manager, address)
    for _number in range(2):
        hire(studio)
        make_slot(project=slot.project, booth=make_booth(studio=studio), staff=0)

    assert queries_of(manager, address) == one


def test_day_of_a_person_lists_the_gaps_and_comes_back_after_each(manager, studio, slot):
    person = hire(studio)
    address = address_of("rota_day", person.pk, THURSDAY)
    assert "09:00–12:00" in manager.get(address).content.decode()

    data = {"person": person.pk, "on": THURSDAY.isoformat()}
    answer = manager.post(address_of("shift_new", slot.pk), data)

    assert answer.url == address
    assert "On this rota" in manager.get(address).content.decode()
    empty = address_of("rota_day", person.pk, THURSDAY + timedelta(days=1))
    assert "No open slots that day" in manager.get(empty).content.decode()
    assert manager.get(address.replace("2026-03-05", "2026-02-30")).status_code == 404


# --- by proposal ---


def propose(client, *lines, key=None):
    address = f"{address_of('rota_propose')}?week={THURSDAY}"
    data = {"line": list(lines), "form_key": key or make_form_key()}
    return client.post(address, data, follow=True)


def test_proposal_explains_each_line_and_applies_the_ticked_ones(manager, studio, slot):
    one, other = hire(studio), hire(studio, name="乙")
    answer = manager.get(f"{address_of('rota_propose')}?week={THURSDAY}")
    lines = [line for shown in answer.context["proposal"].slots for line in shown.lines]
    assert [line.person for line in lines] == [one, other]
    assert lines[0].why == "Free; 1 of 10 shifts this week; nobody else can"

    answer = propose(manager, lines[0].key)

    assert "1 shift is on the rota." in answer.content.decode()
    assert [shift.person for shift in slot.shifts.all()] == [one]


def test_proposal_says_who_has_less_for_their_wish(manager, studio, slot):
    people = [hire(studio, name=name) for name in "甲乙丙"]

    answer = manager.get(f"{address_of('rota_propose')}?week={THURSDAY}")

    [shown] = answer.context["proposal"].slots
    assert [line.person for line in shown.lines] == people[:2]
    assert shown.lines[0].why == (
        "Free; 1 of 10 shifts this week; fewest hours for their wish: 3 h in 5 weeks, wishes 15 h a week"
    )


def test_what_changed_since_the_preview_is_skipped_and_said(manager, mara, studio, slot):
    one, other = hire(studio), hire(studio, name="乙")
    lines = [f"{slot.pk}:{one.pk}", f"{slot.pk}:{other.pk}"]
    make_shift(slot, by=mara)

    answer = propose(manager, *lines)

    assert "1 shift is on the rota." in answer.content.decode()
    assert "Skipped: 乙" in answer.content.decode()
    assert "The slot has its people by now." in answer.content.decode()
    assert slot.shifts.filter(status=ShiftStatus.ASSIGNED).count() == 2


def test_forged_lines_put_nobody_on_the_rota(manager, operator, oskar, lin, studio, slot):
    assert "Nobody is ticked" in propose(manager).content.decode()
    assert propose(manager, "x").status_code == 422
    stranger = make_staff(Role.OPERATOR)
    answer = propose(manager, f"{slot.pk}:{stranger.pk}", f"{slot.pk}:{lin.pk}", "99999999:1")
    assert "not on the staff of this studio" in answer.content.decode()
    away = hire(studio, times=[])
    assert "cannot come at that time" in propose(manager, f"{slot.pk}:{away.pk}").content.decode()
    assert not slot.shifts.exists()
    assert operator.post(address_of("rota_propose"), {"line": []}).status_code == 403


def test_the_same_form_twice_is_applied_once(manager, studio, slot):
    line, key = f"{slot.pk}:{hire(studio).pk}", make_form_key()

    propose(manager, line, key=key)
    again = propose(manager, line, key=key)

    assert "Skipped" not in again.content.decode()
    assert slot.shifts.count() == 1


def test_proposal_leaves_out_who_has_said_nothing_unless_asked(manager, operator, oskar, slot):
    address = f"{address_of('rota_propose')}?week={THURSDAY}"

    silent = manager.get(address)
    asked = manager.get(f"{address}&untold=1")

    assert "1 person has not said when they can come and is not proposed." in silent.content.decode()
    assert silent.context["proposal"].slots == []
    [shown] = asked.context["proposal"].slots
    assert [line.person for line in shown.lines] == [oskar]
    assert not shown.is_whole


def test_studio_limits_are_saved_and_refused(manager, studio):
    data = {
        "rota-max_shifts_per_day": "1",
        "rota-max_shifts_per_week": "4",
        "rota-shift_pause_minutes": "45",
        "rota-travel_minutes": "90",
    }
    manager.post(address_of("studio_rota", studio.pk), data)
    refused = manager.post(address_of("studio_rota", studio.pk), data | {"rota-max_shifts_per_day": "0"})

    studio.refresh_from_db()
    assert (studio.max_shifts_per_day, studio.shift_pause_minutes, studio.travel_minutes) == (1, 45, 90)
    assert refused.status_code == 422


def test_participants_do_not_see_why_a_slot_cannot_be_booked(client_for, lin, mei, manager, clock):
    from tests.factories import make_pair

    project = make_project(slug="other")
    make_pair(lin, mei, project=project)
    short = make_slot(project=project, staff=1)

    listed = client_for(lin).get(address_of("slot_list")).content.decode()
    shown = client_for(lin).get(address_of("slot_detail", short.pk)).content.decode()

    for page in (listed, shown):
        assert "staff" not in page.lower().replace("staffed", "")
    assert "1 of 2 staff" in manager.get(address_of("slot_edit", short.pk)).content.decode()
    assert rota.is_staffed(short, project=project) is False
