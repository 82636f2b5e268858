import pytest

from scheduling import qualifications
from scheduling.models import QualificationStatus
from scheduling.qualifications import QualificationRefused
from tests.factories import make_project, make_qualified

pytestmark = pytest.mark.django_db


def events_of(qualification):
    return list(qualification.events.order_by("pk").values_list("old", "new", "by", "reason"))


def test_grant_makes_a_qualification_with_its_event(lin, rui, now):
    project = make_project()

    qualification = qualifications.grant_qualification(lin, project=project, by=rui, now=now, reason="2 of 3")

    assert qualifications.is_qualified(lin, project=project) is True
    assert qualification.granted_at == now
    assert events_of(qualification) == [("", "active", rui.pk, "2 of 3")]


def test_grant_twice_changes_nothing(lin, now):
    project = make_project()
    first = make_qualified(lin, project=project)

    second = qualifications.grant_qualification(lin, project=project, by=None, now=now)

    assert second == first
    assert events_of(first) == [("", "active", None, "")]


def test_grant_does_not_lift_a_suspension(lin, mara, now):
    project = make_project()
    qualification = make_qualified(lin, project=project)
    qualifications.suspend_qualification(qualification, by=mara, now=now, reason="two no-shows")

    granted = qualifications.grant_qualification(lin, project=project, by=None, now=now)

    assert granted.status == QualificationStatus.SUSPENDED
    assert qualifications.is_qualified(lin, project=project) is False


def test_grant_gives_a_withdrawn_qualification_back(lin, mara, now):
    project = make_project()
    qualification = make_qualified(lin, project=project)
    qualifications.withdraw_qualification(qualification, by=mara, now=now, reason="read aloud")

    granted = qualifications.grant_qualification(lin, project=project, by=mara, now=now, reason="new sample")

    assert granted.status == QualificationStatus.ACTIVE
    assert events_of(granted)[1:] == [
        ("active", "withdrawn", mara.pk, "read aloud"),
        ("withdrawn", "active", mara.pk, "new sample"),
    ]


def test_is_qualified_counts_for_its_own_project_only(lin):
    make_qualified(lin, project=make_project())

    assert qualifications.is_qualified(lin, project=make_project(slug="other", name="Other")) is False


def test_suspend_and_restore_write_their_reasons(lin, mara, now):
    project = make_project()
    qualification = make_qualified(lin, project=project)

    qualifications.suspend_qualification(qualification, by=mara, now=now, reason=" two no-shows ")
    qualifications.restore_qualification(qualification, by=mara, now=now, reason="was ill")

    assert qualifications.is_qualified(lin, project=project) is True
    assert events_of(qualification)[1:] == [
        ("active", "suspended", mara.pk, "two no-shows"),
        ("suspended", "active", mara.pk, "was ill"),
    ]


@pytest.mark.parametrize("verb", ["suspend", "withdraw", "restore"])
def test_a_move_without_a_reason_is_refused(lin, mara, now, verb):
    qualification = make_qualified(lin, project=make_project())

    with pytest.raises(QualificationRefused) as refusal:
        getattr(qualifications, f"{verb}_qualification")(qualification, by=mara, now=now, reason="  ")

    assert refusal.value.code == "reason"
    assert len(events_of(qualification)) == 1


def test_a_move_from_a_status_left_meanwhile_is_refused(lin, mara, now):
    qualification = make_qualified(lin, project=make_project())
    seen_by_other = type(qualification).objects.get(pk=qualification.pk)
    qualifications.withdraw_qualification(qualification, by=mara, now=now, reason="asked to leave")

    with pytest.raises(QualificationRefused) as refusal:
        qualifications.suspend_qualification(seen_by_other, by=mara, now=now, reason="two no-shows")

    assert refusal.value.code == "moved"
    assert len(events_of(qualification)) == 2


def test_a_withdrawn_qualification_is_not_suspended(lin, mara, now):
    qualification = make_qualified(lin, project=make_project())
    qualifications.withdraw_qualification(qualification, by=mara, now=now, reason="asked to leave")

    with pytest.raises(QualificationRefused) as refusal:
        qualifications.suspend_qualification(qualification, by=mara, now=now, reason="two no-shows")

    assert refusal.value.code == "moved"
