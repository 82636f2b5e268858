"""The list of samples at the desk, its filters, and what those who judge do not see in it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from recordings import reviews
from recordings.models import Sample, SampleExport, SampleStatus
from tests.factories import NOW, make_person
from tests.recordings.makers import make_sample, reject, vote

LIST = reverse("recordings:sample_list")
EXPORT = reverse("recordings:sample_export")
PAST = NOW + timedelta(minutes=5)
ENGLISH = {"Accept-Language": "en"}


def listed(response) -> list[Sample]:
    return [row["sample"] for row in response.context["rows"]]


def words(response) -> str:
    return " ".join(response.content.decode().split())


def judged(person, project, *votes, lead=None, **fields) -> Sample:
    """Return a sample with these votes, each by (reviewer, verdict), decided where they decide it."""
    sample = make_sample(person, project=project, **fields)
    for number, (reviewer, verdict) in enumerate(votes):
        vote(sample, by=reviewer, verdict=verdict, now=NOW + timedelta(seconds=number))
    reviews.settle_sample(sample, now=PAST)
    sample.refresh_from_db()
    if lead:
        reject(sample, lead=lead, now=PAST)
        sample.refresh_from_db()
    return sample


@pytest.fixture
def three(project, lin, mei, stranger, rui, tao, yan, lead):
    """An approved sample, one rejected after a split, and one with a first vote."""
    return (
        judged(lin, project, (rui, "approve"), (tao, "approve")),
        judged(mei, project, (rui, "approve"), (tao, "reject"), (yan, "reject"), lead=lead),
        judged(stranger, project, (tao, "unsure")),
    )


@pytest.fixture
def manager(client_for, mara, clock):
    clock.move_to(PAST)
    return client_for(mara)


def test_list_filters_by_status(manager, lin, mei, project):
    measuring = make_sample(lin, project=project, status=SampleStatus.MEASURING)
    waiting = make_sample(mei, project=project, status=SampleStatus.IN_REVIEW)

    assert listed(manager.get(LIST)) == [waiting, measuring]
    assert listed(manager.get(LIST, {"status": "in_review"})) == [waiting]
    assert listed(manager.get(LIST, {"status": "waiting"})) == [waiting]
    assert listed(manager.get(LIST, {"status": "nonsense"})) == [waiting, measuring]
    assert "No such samples" in words(manager.get(LIST, {"status": "decided"}, headers=ENGLISH))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"reviewer": "rui"}, {0, 1}),
        ({"reviewer": "yan"}, {1}),
        ({"reviewer": "tao", "vote": "reject"}, {1}),
        ({"reviewer": "rui", "vote": "against"}, {1}),
        ({"reviewer": "rui", "vote": "with"}, {0}),
        ({"vote": "unsure"}, {2}),
        ({"vote": "alike"}, {0}),
        ({"vote": "differ"}, {1}),
        ({"vote": "undone"}, set()),
        ({"reason": "noise"}, {1}),
        ({"reason": "echo"}, set()),
        ({"status": "decided"}, {0, 1}),
        ({"vote": "nonsense", "reviewer": "0", "since": "never"}, {0, 1, 2}),
    ],
)
def test_list_filters_by_votes(request, manager, three, chosen, expected):
    if chosen.get("reviewer", "0") != "0":
        chosen = {**chosen, "reviewer": request.getfixturevalue(chosen["reviewer"]).pk}

    assert set(listed(manager.get(LIST, chosen))) == {three[place] for place in expected}


def test_list_shows_votes_that_were_taken_back(manager, lin, project, rui):
    sample = make_sample(lin, project=project)
    reviews.undo_vote(vote(sample, by=rui, verdict="approve", now=NOW), by=rui, now=NOW)

    assert listed(manager.get(LIST, {"vote": "undone", "reviewer": rui.pk})) == [sample]
    assert listed(manager.get(LIST, {"reviewer": rui.pk})) == []


def test_list_filters_by_refusal_project_and_age(manager, lin, mei, project):
    refused = make_sample(lin, project=project, status=SampleStatus.MEASURING)
    Sample.objects.filter(pk=refused.pk).update(status=SampleStatus.REFUSED, refusal="too_short")
    waiting = make_sample(mei, project=project, sent_at=PAST - timedelta(hours=4))

    assert listed(manager.get(LIST, {"refusal": "too_short"})) == [refused]
    assert listed(manager.get(LIST, {"project": project.pk})) == [refused, waiting]
    assert listed(manager.get(LIST, {"age": "4h"})) == []
    assert listed(manager.get(LIST, {"age": "12h"})) == [waiting]


@pytest.mark.parametrize(
    ("dated", "since", "until", "found"),
    [
        ("sent", "2026-03-02", "2026-03-02", True),
        ("sent", "2026-03-03", "", False),
        ("sent", "", "2026-03-01", False),
        ("voted", "2026-03-02", "2026-03-02", True),
        ("voted", "", "2026-03-01", False),
        ("decided", "2026-03-02", "2026-03-02", True),
        ("decided", "2026-03-03", "", False),
        ("sent", "0001-01-01", "9999-12-31", True),
    ],
)
def test_list_filters_by_whole_days(manager, project, lin, rui, tao, dated, since, until, found):
    assert f"{NOW:%Y-%m-%d}" == "2026-03-02"
    sample = judged(lin, project, (rui, "approve"), (tao, "approve"))

    page = manager.get(LIST, {"dated": dated, "since": since, "until": until})

    assert listed(page) == ([sample] if found else [])


@pytest.mark.parametrize(
    ("sort", "order"),
    [("", [1, 0]), ("oldest", [0, 1]), ("longest", [0, 1]), ("shortest", [1, 0]), ("decided", [0, 1])],
)
def test_list_sorts(manager, project, lin, mei, sort, order):
    samples = [
        make_sample(
            lin, project=project, sent_at=NOW - timedelta(days=1), status="approved", duration_ms=170_000
        ),
        make_sample(mei, project=project),
    ]

    assert listed(manager.get(LIST, {"sort": sort})) == [samples[place] for place in order]


@pytest.mark.parametrize(("address", "verb", "wrong_verb"), [(LIST, "get", "post"), (EXPORT, "post", "get")])
def test_list_is_for_managers_and_leads(request, client, client_for, db, address, verb, wrong_verb):
    for name in ("lin", "rui", "oskar", "mara", "lead", "fang"):
        answer = getattr(client_for(request.getfixturevalue(name)), verb)(address)
        assert answer.status_code == (200 if name in {"mara", "lead"} else 403), name
    assert getattr(client_for(request.getfixturevalue("mara")), wrong_verb)(address).status_code == 405
    assert getattr(client, verb)(address).status_code == 302


def test_list_hides_votes_and_people_of_open_samples_from_leads(client_for, clock, lead, three, project):
    clock.move_to(PAST)
    client = client_for(lead)
    own = make_sample(lead, project=project)

    page = client.get(LIST, headers=ENGLISH)

    assert set(listed(page)) == set(three)
    assert own not in listed(page)
    assert three[2].person.pseudonym not in words(page)
    assert three[0].person.pseudonym in words(page)


@pytest.mark.parametrize(
    "chosen", [{"vote": "unsure"}, {"reviewer": "tao"}, {"dated": "voted", "since": "2026-03-01"}]
)
def test_list_tells_leads_no_vote_on_open_samples(request, client_for, clock, lead, three, chosen):
    clock.move_to(PAST)
    if "reviewer" in chosen:
        chosen = {"reviewer": request.getfixturevalue("tao").pk}

    page = client_for(lead).get(LIST, chosen, headers=ENGLISH)

    assert three[2] not in listed(page)
    assert "those that are still judged are left out here" in words(page)


def test_list_asks_the_same_number_of_questions_for_one_and_three(
    manager, project, django_assert_num_queries
):
    make_sample(make_person("一"), project=project)
    chosen = {"vote": "alike", "dated": "voted", "since": "2026-01-01"}
    manager.get(LIST)
    for _more in range(2):
        with django_assert_num_queries(7):
            manager.get(LIST)
        with django_assert_num_queries(5):  # none are found, so no page is read
            manager.get(LIST, chosen)
        for name in ("二", "三"):
            make_sample(make_person(name), project=project)


# --- the file ---


def test_export_is_logged_and_the_log_stands(manager, mara, three):
    manager.get(EXPORT, {"status": "approved"})
    assert not SampleExport.objects.exists()

    manager.post(EXPORT, query_params={"status": "approved", "vote": "nonsense", "page": "2"})

    export = SampleExport.objects.get()
    assert (export.by, export.at, export.rows) == (mara, PAST, 1)
    assert export.filters == {"status": "approved", "as": "csv"}
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        SampleExport.objects.update(rows=0)


def test_list_leads_to_the_export_of_the_same_rows(manager, three):
    page = manager.get(LIST, {"status": "decided", "page": "1"}, headers=ENGLISH)

    assert f'method="post" action="{EXPORT}?status=decided"' in words(page)
    assert "2 samples" in words(page)
