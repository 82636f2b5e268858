"""The whole story, from a telephone number to a paid session, by real processes."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.heavy]


def test_two_people_are_qualified_by_votes_and_by_a_lead_reviewer(qualified):
    qualified.lin.open("/booking/partner/")

    expect(qualified.lin.page.get_by_role("button", name="Make a code")).to_be_visible()


def test_two_qualified_people_become_a_pair_by_code(pair):
    pair.mei.open("/booking/partner/")

    expect(pair.mei.page.get_by_text("林小雨")).to_be_visible()


def test_pair_has_a_session_once_both_said_yes(pair, booked):
    pair.lin.open(booked)

    expect(pair.lin.page.get_by_text("Confirmed", exact=True).first).to_be_visible()
    expect(pair.lin.page.get_by_text("梅朵")).to_be_visible()


def test_operator_runs_and_completes_the_session(pair, booked, recorded):
    pair.mei.open(booked)

    expect(pair.mei.page.get_by_text("Completed", exact=True)).to_be_visible()


def test_both_are_paid_one_less_a_deduction(pair, paid):
    nets = []
    for visitor in (pair.lin, pair.mei):
        page = visitor.open("/pay/")
        expect(page.get_by_text("Paid on")).to_be_visible()
        visitor.look("statement")
        nets.append(page.locator(".money-sum").inner_text())
        page.locator(".card-title a").click()
        visitor.look("payment-own")
    assert sorted(nets) == ["¥287.50", "¥300.00"]


def test_stranger_finds_nothing_of_theirs(stranger, two, booked, paid):
    theirs = [*two.samples.values(), booked, "/pay/payments/1/"]
    theirs += [f"{sample}sound/" for sample in two.samples.values()]

    assert [stranger.status_of(path) for path in theirs] == [404] * len(theirs)


def test_no_invariant_is_broken_after_all_that(paid, site):
    assert "broken" not in site.run("manage.py", "check_invariants")
