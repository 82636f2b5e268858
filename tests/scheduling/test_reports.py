"""Reports: taken once, settled with a reason, and what a manager's decision does."""

import pytest

from scheduling import invariants, reports, visibility
from scheduling.models import Report, ReportReason
from scheduling.qualifications import suspend_qualification
from scheduling.reports import ReportRefused
from tests.factories import NOW, make_board_entry, make_project, make_qualified

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(lin, mei, stranger):
    project = make_project()
    make_qualified(mei, project=project)
    make_qualified(stranger, project=project)
    return make_board_entry(lin, project=project)


def report(entry, *, by, reason=ReportReason.RUDE, text="", about_entry=True):
    return reports.report_person(
        entry.person,
        project=entry.project,
        entry=entry if about_entry else None,
        reason=reason,
        text=text,
        by=by,
        now=NOW,
    )


def refused(rule, *args, **kwargs):
    with pytest.raises(ReportRefused) as refusal:
        rule(*args, **kwargs)
    return refusal.value.code


def states():
    return list(Report.objects.order_by("pk").values_list("status", flat=True))


def test_report_waits_and_is_in_the_log(mei, entry, now):
    made = report(entry, by=mei, text=" 骂人 ")

    assert (made.status, made.text, made.entry, made.person) == ("open", "骂人", entry, entry.person)
    assert list(made.events.values_list("old", "new", "by")) == [("", "open", mei.pk)]


def test_report_is_refused_about_oneself_twice_and_without_words(lin, mei, entry):
    assert refused(report, entry, by=lin) == "own"
    assert refused(report, entry, by=mei, reason=ReportReason.OTHER, text=" ") == "text"
    report(entry, by=mei)
    assert refused(report, entry, by=mei) == "reported"
    assert states() == ["open"]


def test_dismissed_report_leaves_everything_and_lets_one_report_again(lin, mei, mara, entry, now):
    reports.dismiss_report(report(entry, by=mei), by=mara, now=now, reason="harmless")
    report(entry, by=mei)

    assert states() == ["dismissed", "open"]
    entry.refresh_from_db()
    assert entry.status == "open"


def test_hidden_entry_is_off_the_board_and_settles_the_reports_about_it(mei, stranger, mara, entry, now):
    first, _second = report(entry, by=mei), report(entry, by=stranger)

    reports.hide_entry(first, by=mara, now=now, reason="a number in riddles")

    entry.refresh_from_db()
    assert (entry.status, states()) == ("hidden", ["hidden", "hidden"])
    assert entry.events.latest("pk").reason == "a number in riddles"
    assert not visibility.entries_on_board(entry.project, now=now).exists()
    assert invariants.broken_board() == []


def test_hiding_finds_what_was_edited_after_the_report_and_nothing_is_refused(
    lin, mei, stranger, mara, entry, now
):
    first = report(entry, by=mei)
    edited = make_board_entry(lin, project=entry.project, about="还是骂人")
    second, third = report(edited, by=stranger), report(entry, by=mara, about_entry=False)

    reports.hide_entry(first, by=mara, now=now, reason="rude words")

    edited.refresh_from_db()
    assert (edited.status, states()) == ("hidden", ["hidden", "hidden", "open"])
    assert not visibility.entries_on_board(entry.project, now=now).exists()
    again = report(edited, by=mei)
    assert refused(reports.hide_entry, again, by=mara, now=now, reason="rude words") == "not_open"
    assert refused(reports.hide_entry, second, by=mara, now=now, reason="rude words") == "moved"
    assert refused(reports.hide_entry, third, by=mara, now=now, reason="rude words") == "no_entry"
    assert states() == ["hidden", "hidden", "open", "open"]


def test_suspending_takes_off_what_was_edited_after_the_report(lin, mei, mara, entry, now):
    made = report(entry, by=mei)
    edited = make_board_entry(lin, project=entry.project, about="还是骂人")

    reports.suspend_person(made, by=mara, now=now, reason="rude words")

    edited.refresh_from_db()
    assert edited.status == "hidden"


def test_person_whose_entry_was_hidden_may_write_another(lin, mei, mara, entry, now):
    reports.hide_entry(report(entry, by=mei), by=mara, now=now, reason="rude words")

    assert make_board_entry(lin, project=entry.project).status == "open"


def test_suspended_person_is_off_the_board_and_may_not_book(lin, mei, stranger, mara, entry, now):
    first, _second = report(entry, by=mei), report(entry, by=stranger, about_entry=False)

    reports.suspend_person(first, by=mara, now=now, reason="harassed two people")

    entry.refresh_from_db()
    assert (entry.status, states()) == ("hidden", ["suspended", "suspended"])
    qualification = lin.qualifications.get()
    assert (qualification.status, qualification.events.latest("pk").reason) == (
        "suspended",
        "harassed two people",
    )


def test_settling_needs_a_reason_and_happens_once(mei, mara, entry, now):
    made = report(entry, by=mei)

    assert refused(reports.dismiss_report, made, by=mara, now=now, reason=" ") == "reason"
    reports.dismiss_report(made, by=mara, now=now, reason="harmless")
    assert refused(reports.suspend_person, made, by=mara, now=now, reason="rude") == "moved"
    assert entry.person.qualifications.get().status == "active"


def test_report_about_a_person_alone_hides_nothing(mei, mara, entry, now):
    made = report(entry, by=mei, about_entry=False)

    assert refused(reports.hide_entry, made, by=mara, now=now, reason="rude") == "no_entry"


def test_who_may_not_book_anyway_cannot_be_suspended_again(lin, mei, mara, entry, now):
    made = report(entry, by=mei)
    suspend_qualification(lin.qualifications.get(), by=mara, now=now, reason="no-shows")

    assert refused(reports.suspend_person, made, by=mara, now=now, reason="rude") == "moved"
    assert states() == ["open"]
