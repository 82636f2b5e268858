"""Public holidays are hints: known years, unknown ones, and what the house knows better."""

from datetime import date

import pytest
from django.utils import translation

from scheduling import public_days
from scheduling.models import PublicDay
from tests.factories import make_city

pytestmark = pytest.mark.django_db

NATIONAL_DAY, MAKE_UP, THURSDAY = date(2026, 10, 1), date(2026, 10, 10), date(2026, 3, 5)


def words_of(*days, language="en", cities=None):
    with translation.override(language):
        hints = public_days.hints_for(days, cities=cities or [make_city()])
        return {on: (hint.kind, hint.words) for on, hint in hints.items()}


def test_holidays_and_make_up_days_have_names_in_both_languages():
    assert words_of(NATIONAL_DAY, MAKE_UP, THURSDAY) == {
        NATIONAL_DAY: ("holiday", "National Day"),
        MAKE_UP: ("workday", "Working day (National Day)"),
    }
    assert words_of(NATIONAL_DAY, MAKE_UP, language="zh-hans") == {
        NATIONAL_DAY: ("holiday", "国庆节"),
        MAKE_UP: ("workday", "调休上班（国庆节）"),
    }


def test_an_unknown_year_is_not_known_yet():
    on = date(2031, 5, 1)
    hints = public_days.hints_for([on], cities=[make_city()])

    assert words_of(on) == {on: ("", "Public holidays not known yet")}
    assert public_days.unknown_years(hints.values()) == [2031]


def test_the_house_knows_better():
    PublicDay.objects.create(on=THURSDAY, kind="holiday", name="Studio day", name_zh="棚庆")
    PublicDay.objects.create(on=NATIONAL_DAY, kind="ordinary")
    PublicDay.objects.create(on=date(2031, 5, 1), kind="holiday")

    assert words_of(THURSDAY, NATIONAL_DAY, date(2031, 5, 1)) == {
        THURSDAY: ("holiday", "Studio day"),
        date(2031, 5, 1): ("holiday", "Public holiday"),
    }


def test_other_cities_have_other_holidays():
    berlin = make_city(name="Berlin", name_zh="柏林", timezone="Europe/Berlin")

    assert words_of(NATIONAL_DAY, cities=[berlin]) == {}
    assert words_of(NATIONAL_DAY, cities=[berlin, make_city()]) != {}


def test_hints_of_many_days_cost_one_query(django_assert_num_queries):
    cities = [make_city()]

    with django_assert_num_queries(1):
        public_days.hints_between(date(2026, 9, 1), date(2026, 11, 30), cities=cities)
