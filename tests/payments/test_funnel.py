from datetime import timedelta

from payments.funnel import count_people, make_stages, read_stages
from payments.results import record_results
from scheduling.qualifications import grant_qualification
from tests.factories import NOW, make_newcomer, make_person
from tests.payments.makers import (
    make_account,
    make_approved_payment,
    make_completed_booking,
    make_project,
    make_submitted_batch,
)
from tests.payments.test_results import answer


def counts(**fields) -> dict[str, int]:
    return count_people(**fields)


def test_funnel_counts_each_person_once_at_each_stage(lin, mei, fang, fei, rui):
    project = make_project()
    make_newcomer()
    make_person(scopes=())
    grant_qualification(lin, project=project, by=rui, now=NOW)
    payments = [make_approved_payment(lin, project=project) for _session in range(2)]
    make_account(lin)
    batch = make_submitted_batch(by=fang, approver=fei, payments=payments)
    record_results(batch, rows=[answer(payout) for payout in batch.payouts.all()], by=fang, now=NOW)

    # lin, mei, the newcomer, the one without consent, and lin's two partners
    assert counts(project=project) == {
        "signed_up": 6,
        "profile": 5,
        "consent": 4,
        "sample": 0,
        "approved": 1,
        "paired": 3,
        "booked": 3,
        "attended": 3,
        "paid": 1,
    }


def test_funnel_of_another_project_is_empty_from_the_sample_on(lin, mei):
    make_completed_booking(lin, mei)
    found = counts(project=make_project())
    assert (found["signed_up"], found["paired"], found["booked"], found["attended"]) == (2, 0, 0, 0)
    assert counts()["attended"] == 2


def test_funnel_is_one_query(lin, mei, django_assert_num_queries):
    with django_assert_num_queries(1):
        count_people()


def test_funnel_of_nobody_divides_by_nothing(db):
    assert {stage.percent for stage in make_stages(count_people())} == {0}


def test_funnel_page_links_its_numbers(client_for, lin, mei, mara, clock):
    booking = make_completed_booking(lin, mei)
    response = client_for(mara).get(f"/pay/funnel/?project={booking.project_id}")
    assert response.status_code == 200
    assert response.context["chosen"] == booking.project
    assert '<a href="/pay/payments/?status=paid">0</a>' in response.content.decode()
    assert client_for(mara).get("/pay/funnel/?project=x").context["chosen"] is None


def test_read_stages_keeps_its_figures_for_a_while(lin, now):
    first, counted_at = read_stages(project=None, now=now)
    make_person()

    again, still_at = read_stages(project=None, now=now + timedelta(seconds=59))

    assert (again, still_at) == (first, counted_at)
    assert (first[0].count, counted_at) == (1, now)
    assert count_people()["signed_up"] == 2
