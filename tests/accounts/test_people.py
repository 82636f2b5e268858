from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command

from accounts import people
from accounts.access import Role, roles_of
from accounts.models import Profile, User
from tests.factories import make_newcomer, make_phone

pytestmark = pytest.mark.django_db

ANSWERS = {"name": "林小雨", "sex": "female", "region_raised": "CN-SC", "dialect": "四川话", "city": "成都"}


def test_role_groups_exist_from_the_first_migrate():
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_new_number_becomes_a_participant(now):
    person, is_new = people.register_person("+8613800138000", language="en", now=now)
    assert is_new
    assert roles_of(person) == {Role.PARTICIPANT}
    assert (person.phone, person.language) == ("+8613800138000", "en")
    assert (person.joined_at, person.phone_verified_at) == (now, now)
    assert not person.has_usable_password()


def test_known_number_is_the_same_person(now, lin):
    person, is_new = people.register_person(lin.phone, language="en", now=now)
    assert (person.pk, is_new, person.language) == (lin.pk, False, "en")
    assert User.objects.count() == 1


def test_staff_do_not_become_participants_by_signing_in(now, rui):
    person, is_new = people.register_person(rui.phone, language="en", now=now)
    assert not is_new
    assert roles_of(person) == {Role.REVIEWER}
    assert person.phone_verified_at == now


def test_administrator_may_open_the_admin_while_the_role_lasts(mara):
    people.grant_role(mara, Role.ADMINISTRATOR)
    mara.refresh_from_db()
    assert (mara.is_staff, mara.is_superuser) == (True, True)
    people.revoke_role(mara, Role.ADMINISTRATOR)
    mara.refresh_from_db()
    assert (mara.is_staff, mara.is_superuser, roles_of(mara)) == (False, False, {Role.MANAGER})


def test_unknown_role_is_a_mistake(mara):
    with pytest.raises(ValueError, match="queen"):
        people.grant_role(mara, "queen")


def test_superuser_of_the_command_line_is_an_administrator():
    call_command("createsuperuser", phone="138 0013 8000", interactive=False, verbosity=0)
    person = User.objects.get(phone="+8613800138000")
    assert roles_of(person) == {Role.ADMINISTRATOR}
    assert not person.has_usable_password()


@pytest.mark.parametrize(
    ("birth_on", "day", "age"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 3, 2), date(2026, 3, 1), 17),
        (date(2008, 3, 2), date(2026, 3, 2), 18),
        (date(2008, 12, 31), date(2026, 1, 1), 17),
    ],
)
def test_age_is_counted_on_the_day(birth_on, day, age):
    assert people.age_on(birth_on, day) == age


def test_profile_is_written_and_rewritten(now):
    person = make_newcomer()
    people.complete_profile(person, birth_on=date(2008, 3, 2), now=now, **ANSWERS)
    people.complete_profile(person, birth_on=date(1998, 5, 17), now=now, **ANSWERS | {"city": "重庆"})
    profile = Profile.objects.get(user=person)
    assert (profile.name, profile.birth_on, profile.city) == ("林小雨", date(1998, 5, 17), "重庆")
    assert people.has_complete_profile(person)


def test_profile_of_somebody_a_day_too_young_is_refused(now):
    person = make_newcomer()
    with pytest.raises(people.Underage) as refusal:
        people.complete_profile(person, birth_on=date(2008, 3, 3), now=now, **ANSWERS)
    assert refusal.value.code == "underage"
    assert refusal.value.messages == [
        "You have to be 18 or older to take part. You are welcome from 2026-03-03."
    ]
    assert not Profile.objects.exists()


def test_leapling_is_welcome_from_the_first_of_march():
    with pytest.raises(people.Underage) as refusal:
        people.check_adult(date(2008, 2, 29), on=date(2026, 2, 28))
    assert refusal.value.params["day"] == "2026-03-01"


@pytest.mark.parametrize("birth_on", [date(2027, 1, 1), date(1900, 1, 1)])
def test_profile_with_an_impossible_birth_date_is_refused(now, birth_on):
    with pytest.raises(ValidationError) as refusal:
        people.complete_profile(make_newcomer(), birth_on=birth_on, now=now, **ANSWERS)
    assert refusal.value.code == "birth_date"


def test_profile_keeps_the_last_word_on_day_and_place(now):
    """At 23:00 UTC it is the next day in Shanghai: who turns 18 there is welcome."""
    person = make_newcomer()
    late = now.replace(hour=0, minute=30)
    people.complete_profile(person, birth_on=date(2008, 3, 2), now=late, **ANSWERS)
    assert people.is_adult_on(person, date(2026, 3, 2))
    assert not people.is_adult_on(person, date(2026, 3, 1))


def test_person_without_a_profile_is_not_taken_for_an_adult():
    assert not people.is_adult_on(make_newcomer(), date(2026, 3, 2))


def test_two_people_are_never_given_one_number(now, lin):
    with pytest.raises(ValidationError):
        User(phone=lin.phone).full_clean(exclude=["password"])
    assert make_phone() != make_phone()
