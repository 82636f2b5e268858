"""The managers' pages of reports and quotas."""

import pytest
from django.urls import reverse

from scheduling import board, quotas, reports
from scheduling.models import ProjectQuota, Report
from tests.factories import make_board_entry, make_pair, make_project, make_qualified

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:report_list")


@pytest.fixture
def report(lin, mei, clock, now):
    project = make_project()
    make_qualified(mei, project=project)
    entry = make_board_entry(lin, project=project, about="爱笑")
    return reports.report_person(
        lin, project=project, entry=entry, reason="rude", text="骂人", by=mei, now=now
    )


@pytest.fixture
def as_mara(client_for, mara):
    client = client_for(mara)
    client.cookies["django_language"] = "en"
    return client


def url(name, *args):
    return reverse(f"scheduling:{name}", args=args)


@pytest.mark.parametrize("person", ["lin", "oskar", "lead", "fang"])
def test_reports_and_quotas_are_for_managers_only(request, client_for, report, person):
    client = client_for(request.getfixturevalue(person))
    quota = ProjectQuota.objects.create(project=report.project, wanted_pairs=1)
    pages = [LIST, url("report_detail", report.pk), url("quota_list", "duo"), url("quota_edit", quota.pk)]

    assert [client.get(page).status_code for page in pages] == [403] * 4
    assert client.post(url("report_settle", report.pk), {"verb": "hide"}).status_code == 403
    assert client.post(url("quota_remove", quota.pk)).status_code == 403


def test_list_shows_what_waits_and_each_state(as_mara, mara, report, now):
    assert list(as_mara.get(LIST).context["page_obj"]) == [report]
    assert list(as_mara.get(LIST, {"status": "nonsense"}).context["page_obj"]) == [report]

    reports.dismiss_report(report, by=mara, now=now, reason="harmless")

    assert list(as_mara.get(LIST).context["page_obj"]) == []
    assert list(as_mara.get(LIST, {"status": "dismissed"}).context["page_obj"]) == [report]


def test_desk_counts_the_reports_that_wait(as_mara, report):
    assert "Reports that wait for a manager" in as_mara.get(reverse("home")).content.decode()


def test_report_shows_words_and_entry_and_is_settled_with_a_reason(as_mara, report):
    text = as_mara.get(url("report_detail", report.pk)).content.decode()
    assert "骂人" in text
    assert "爱笑" in text

    without = as_mara.post(url("report_settle", report.pk), {"verb": "hide", "reason": ""}, follow=True)
    assert "Write why" in without.content.decode()
    as_mara.post(url("report_settle", report.pk), {"verb": "hide", "reason": "rude words"})

    assert Report.objects.get().status == "hidden"
    assert "rude words" in as_mara.get(url("report_detail", report.pk)).content.decode()


def test_report_shows_what_stands_on_the_board_now_beside_the_reported_words(
    as_mara, client_for, lin, report, now
):
    address, words = url("report_detail", report.pk), "Stands on the board now"
    assert words not in as_mara.get(address).content.decode()

    make_board_entry(lin, project=report.project, about="爱听")
    text = as_mara.get(address).content.decode()
    assert [said in text for said in ("爱笑", words, "爱听", 'value="hide"')] == [True] * 4

    board.withdraw_entry(board.open_entry(lin, project=report.project, now=now), by=lin, now=now)
    text = as_mara.get(address).content.decode()
    assert [said in text for said in ("爱笑", words, 'value="hide"')] == [True, False, False]


def test_person_reads_why_their_entry_was_hidden(as_mara, client_for, lin, report):
    as_mara.post(url("report_settle", report.pk), {"verb": "hide", "reason": "请文明用语"})

    assert "请文明用语" in client_for(lin).get(url("board_list")).content.decode()


@pytest.mark.parametrize("verb", ["", "delete"])
def test_unknown_verb_is_404(as_mara, report, verb):
    assert as_mara.post(url("report_settle", report.pk), {"verb": verb, "reason": "x"}).status_code == 404


def test_quota_is_added_changed_and_removed(as_mara, lin, mei):
    project = make_project()
    make_pair(lin, mei, project=project)
    told = {"sexes": "women", "dialect": "", "min_age_years": 18, "max_age_years": 45, "wanted_pairs": 4}

    assert as_mara.post(url("quota_list", "duo"), told).status_code == 302
    ((quota, plain),) = as_mara.get(url("quota_list", "duo")).context["quotas"]
    assert (quota.wanted_pairs, plain.made) == (4, 1)
    as_mara.post(url("quota_edit", quota.pk), told | {"wanted_pairs": 6})
    assert ProjectQuota.objects.get().wanted_pairs == 6
    as_mara.post(url("quota_remove", quota.pk))
    assert ProjectQuota.objects.count() == 0


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"min_age_years": 40, "max_age_years": 30}, "The oldest cannot be younger"),
        ({"wanted_pairs": 0}, "greater than or equal to 1"),
        ({"min_age_years": 17}, "greater than or equal to 18"),
        ({}, "has this kind of pair already"),
    ],
)
def test_quota_that_cannot_be_is_refused_in_words(as_mara, told, words):
    project = make_project()
    ProjectQuota.objects.create(project=project, sexes="women", max_age_years=45, wanted_pairs=2)
    good = {"sexes": "women", "dialect": "", "min_age_years": 18, "max_age_years": 45, "wanted_pairs": 4}

    answer = as_mara.post(url("quota_list", "duo"), good | told)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert ProjectQuota.objects.count() == 1


def test_kind_that_another_quota_has_is_refused_when_changed(as_mara):
    project = make_project()
    quotas.add_quota(project, sexes="women", wanted_pairs=2)
    other = quotas.add_quota(project, sexes="men", wanted_pairs=2)
    told = {"sexes": "women", "dialect": "", "min_age_years": 18, "max_age_years": 99, "wanted_pairs": 4}

    answer = as_mara.post(url("quota_edit", other.pk), told)

    assert (answer.status_code, "has this kind of pair already" in answer.content.decode()) == (422, True)
    other.refresh_from_db()
    assert (other.sexes, other.wanted_pairs) == ("men", 2)


def test_rule_of_a_quota_refuses_by_itself(db):
    project = make_project()
    quota = quotas.add_quota(project, wanted_pairs=2)

    codes = []
    for rule in (
        lambda: quotas.add_quota(project, wanted_pairs=5),
        lambda: quotas.add_quota(project, min_age_years=40, max_age_years=39, wanted_pairs=5),
        lambda: quotas.change_quota(quota, wanted_pairs=0),
    ):
        with pytest.raises(quotas.QuotaRefused) as refusal:
            rule()
        codes.append(refusal.value.code)
    assert codes == ["exists", "order", "too_small"]
    quotas.remove_quota(ProjectQuota.objects.get())
    assert ProjectQuota.objects.count() == 0
