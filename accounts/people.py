"""People: how they join, what they tell about themselves, which roles they hold."""

from collections.abc import Collection
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import codes
from accounts.access import Role
from accounts.models import Profile, Sex, User
from accounts.regions import Region

ADULT_AGE = 18
OLDEST_AGE = 120


class Underage(ValidationError):
    """The person is younger than 18 on the day that counts. Rule: R-3."""


def lock_people(*ids: int) -> None:
    """Lock people's rows by id. Weak enough to let others refer to them, strong enough to queue behind each other."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def prove_phone(phone: str, *, code_id: int, typed: str, language: str, now: datetime) -> tuple[User, bool]:
    """
    Return the person who typed the right code for `phone`, and whether they are new.

    Raise codes.CodeRefused when the code is not right. Rule: R-1, R-2.
    """
    codes.use_code(code_id, phone=phone, typed=typed, now=now)
    return register_person(phone, language=language, now=now)


@transaction.atomic
def register_person(phone: str, *, language: str, now: datetime) -> tuple[User, bool]:
    """
    Return the person of a number that was just proved, and whether they are new.

    A new person becomes a participant. The language they read now is the one we
    write to them in. Two at once end as one person. Rule: R-1.
    """
    new = {"language": language, "joined_at": now, "phone_verified_at": now}
    person, is_new = User.objects.get_or_create(phone=phone, defaults=new)
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
        grant_role(person, Role.PARTICIPANT)
        return person, True
    person.phone_verified_at = person.phone_verified_at or now
    person.language = language
    person.save(update_fields=["phone_verified_at", "language"])
    return person, False


@transaction.atomic
def register_staff(phone: str, *, name: str, roles: Collection[str], language: str, now: datetime) -> User:
    """Return a new member of staff with these roles. Raise IntegrityError when the number is taken."""
    person = User.objects.create_user(phone, language=language, joined_at=now)
    Profile.objects.create(user=person, name=name)
    for role in roles:
        grant_role(person, role)
    return person


@transaction.atomic
def grant_role(person: User, role: str) -> None:
    """Give the person a role. The administrator's also opens the admin. Raise ValueError for no known role."""
    group, _created = Group.objects.get_or_create(name=Role(role).value)
    person.groups.add(group)
    _follow_roles(person)


@transaction.atomic
def revoke_role(person: User, role: str) -> None:
    """Take a role from the person; without the administrator's the admin is closed to them."""
    person.groups.remove(*Group.objects.filter(name=Role(role).value))
    _follow_roles(person)


@transaction.atomic
def set_roles(person: User, roles: Collection[str]) -> None:
    """Give the person exactly these roles. Raise ValueError for one that is not known."""
    held = set(person.groups.values_list("name", flat=True))
    for role in held - set(roles):
        revoke_role(person, role)
    for role in set(roles) - held:
        grant_role(person, role)


def close_account(person: User, *, by: User) -> bool:
    """Let the person sign in no more and end what they have open; return whether anything changed."""
    if person.pk == by.pk:
        return False
    return bool(User.objects.filter(pk=person.pk, is_active=True).update(is_active=False))


def reopen_account(person: User) -> bool:
    """Let the person sign in again; return whether anything changed."""
    return bool(User.objects.filter(pk=person.pk, is_active=False).update(is_active=True))


def _follow_roles(person: User) -> None:
    """Make Django's own switches say what the roles say."""
    is_administrator = person.groups.filter(name=Role.ADMINISTRATOR).exists()
    person.is_staff = person.is_superuser = is_administrator
    person.save(update_fields=["is_staff", "is_superuser"])
    person.known_roles = None


@transaction.atomic
def complete_profile(
    person: User,
    *,
    name: str,
    birth_on: date,
    sex: str,
    region_raised: str,
    dialect: str,
    city: str,
    now: datetime,
) -> Profile:
    """
    Write what the person told us about themselves, over what they told before.

    Raise Underage(code="underage") for who is not 18 today, and
    ValidationError(code="birth_date") for a day that cannot be true. Rule: R-3.
    """
    check_adult(birth_on, on=timezone.localdate(now))
    told = {
        "name": name,
        "birth_on": birth_on,
        "sex": Sex(sex).value,
        "region_raised": Region(region_raised).value,
        "dialect": dialect,
        "city": city,
    }
    profile, _created = Profile.objects.update_or_create(user=person, defaults=told)
    return profile


@transaction.atomic
def rename_person(person: User, *, name: str) -> Profile:
    """Write the person's name alone: all that staff who do not take part tell us."""
    profile, _created = Profile.objects.update_or_create(user=person, defaults={"name": name})
    return profile


def check_adult(birth_on: date, *, on: date) -> None:
    """Raise Underage or ValidationError(code="birth_date") unless somebody born then is an adult on that day."""
    age = age_on(birth_on, on)
    if age < 0 or age > OLDEST_AGE:
        raise ValidationError(_("This birth date cannot be true. Check the year."), code="birth_date")
    if age < ADULT_AGE:
        raise Underage(
            _("You have to be %(age)d or older to take part. You are welcome from %(day)s."),
            code="underage",
            params={"age": ADULT_AGE, "day": _birthday(birth_on, ADULT_AGE).isoformat()},
        )


def age_on(birth_on: date, day: date) -> int:
    """Return the age in whole years on a day. Born on 29 February, one is a year older on 1 March. Rule: R-3."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def is_adult_on(person: User, day: date) -> bool:
    """Return whether the person is 18 or older on a day; a session asks for its own date. Rule: R-3."""
    birth_on = Profile.objects.filter(user=person).values_list("birth_on", flat=True).first()
    return birth_on is not None and age_on(birth_on, day) >= ADULT_AGE


def _birthday(birth_on: date, age: int) -> date:
    """Return the day on which somebody turns `age`."""
    try:
        return birth_on.replace(year=birth_on.year + age)
    except ValueError:
        return date(birth_on.year + age, 3, 1)


def has_complete_profile(person: User) -> bool:
    """Return whether the person told everything that a session needs."""
    told = Profile.objects.filter(user=person, birth_on__isnull=False)
    return told.exclude(name="").exclude(sex="").exclude(region_raised="").exclude(city="").exists()


@transaction.atomic
def reset_second_factor(person: User) -> int:
    """Forget the person's second factor (a lost phone): they set up a new one at the next sign-in."""
    return Authenticator.objects.filter(user=person).delete()[0]
