"""The pages that belong to no app."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_q.models import Success

from accounts.access import Role
from accounts.adapter import sign_in_for_demo
from config.demo.cast import STAFF_PHONE, demo_doors
from config.health import (
    HEARTBEAT_STALE_AFTER,
    MESSAGES_LATE_AFTER,
    check_messages,
    check_queue,
    check_worker,
)
from tests.accounts.makers import make_message
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def make_beat(*, ago):
    at = timezone.now() - ago
    return Success.objects.create(
        id=f"{at.timestamp():.0f}",
        name="beat",
        func="config.tasks.beat",
        started=at,
        stopped=at,
        success=True,
    )


def test_health_is_red_without_a_heartbeat(client):
    answer = client.get(reverse("health"))

    assert answer.status_code == 503
    assert "A part of Duologue is not running." in answer.content.decode()


def test_health_is_green_with_a_fresh_heartbeat_and_names_no_part_to_strangers(client):
    make_beat(ago=timedelta(seconds=5))

    answer = client.get(reverse("health"))

    assert answer.status_code == 200
    assert answer.context["checks"] == []


def test_health_names_the_parts_to_administrators(client_for, ada):
    make_beat(ago=timedelta(seconds=5))

    answer = client_for(ada).get(reverse("health"))

    assert [check.name for check in answer.context["checks"]] == [
        "Database",
        "Background worker",
        "Task queue",
        "Files",
        "Cache",
        "Messages to people",
    ]


def test_check_messages_at_the_limit_and_past_it(lin):
    due_at = make_message(lin).not_before

    assert check_messages(due_at + MESSAGES_LATE_AFTER - timedelta(seconds=1)).is_ok
    assert not check_messages(due_at + MESSAGES_LATE_AFTER).is_ok


def test_check_worker_at_the_limit_and_past_it():
    now = timezone.now()
    Success.objects.create(
        id="1", name="beat", func="config.tasks.beat", started=now, stopped=now, success=True
    )

    assert check_worker(now + HEARTBEAT_STALE_AFTER).is_ok
    assert not check_worker(now + HEARTBEAT_STALE_AFTER + timedelta(seconds=1)).is_ok


def test_check_queue_counts_what_waits():
    check = check_queue(timezone.now())

    assert (check.is_ok, check.words) == (True, "0 tasks wait")


def test_health_refuses_a_post(client):
    assert client.post(reverse("health")).status_code == 405


def test_demo_door_does_not_exist_without_debug(client):
    assert client.get("/demo/").status_code == 404


def test_sign_in_for_demo_is_refused_without_debug(lin):
    with pytest.raises(PermissionDenied):
        sign_in_for_demo(RequestFactory().get("/"), lin)


def test_demo_doors_are_those_of_the_demo_alone(mara):
    ada = make_staff(Role.ADMINISTRATOR, name="艾达", phone=STAFF_PHONE.format(1))

    doors = demo_doors()

    assert [(door.person, door.name, door.is_staff) for door in doors] == [(ada, "艾达", True)]
