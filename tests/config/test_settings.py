"""A malformed environment is refused before anything starts."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.environment import check_environment, load_secrets


def start(tmp_path, **variables):
    """Return the finished process of `manage.py check` with these variables and an empty data folder."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("DUOLOGUE_", "DATABASE_"))
    }
    environment |= {"DUOLOGUE_DATA_DIR": str(tmp_path), **variables}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def test_settings_start_with_nothing_set(tmp_path):
    assert start(tmp_path).returncode == 0


def test_unknown_setting_is_refused_by_name(tmp_path):
    finished = start(tmp_path, DUOLOGUE_DEBUGG="1")

    assert finished.returncode != 0
    assert "Unknown setting in the environment: DUOLOGUE_DEBUGG" in finished.stderr


def test_malformed_setting_is_refused_with_its_type(tmp_path):
    finished = start(tmp_path, DUOLOGUE_WORKERS="two")

    assert finished.returncode != 0
    assert "DUOLOGUE_WORKERS must be a int; it is 'two'" in finished.stderr


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:p@h/n"])
def test_unknown_database_is_refused_without_naming_its_password(tmp_path, url):
    finished = start(tmp_path, DATABASE_URL=url)

    assert finished.returncode != 0
    assert "DATABASE_URL must be sqlite:///path or postgres://" in finished.stderr.splitlines()[-1]
    assert url not in finished.stderr


def test_unknown_cache_is_refused_with_those_that_exist(tmp_path):
    finished = start(tmp_path, DUOLOGUE_CACHE_URL="locmem://")

    assert finished.returncode != 0
    assert "DUOLOGUE_CACHE_URL must be dbcache://table, redis://host/0 or locmemcache://" in finished.stderr


def test_database_server_needs_secrets_from_the_environment(tmp_path):
    finished = start(tmp_path, DATABASE_URL="postgres://nobody@localhost/none")

    assert finished.returncode != 0
    assert "DUOLOGUE_SECRET_KEY and DUOLOGUE_FIELD_KEYS must be set" in finished.stderr


def test_check_environment_passes_known_names():
    check_environment({"DUOLOGUE_DEBUG": "1", "HOME": "x"}, known=["DUOLOGUE_DEBUG"])


def test_secrets_are_made_once_and_readable_by_the_owner_alone(tmp_path):
    path = tmp_path / "secrets.json"

    first = load_secrets(path, secret_key="", field_keys="", may_create=True)
    second = load_secrets(path, secret_key="", field_keys="", may_create=True)

    assert first == second == json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets.json"]


def test_secrets_from_the_environment_win(tmp_path):
    given = load_secrets(tmp_path / "secrets.json", secret_key="s", field_keys="k1:x", may_create=False)

    assert given == {"secret_key": "s", "field_keys": "k1:x"}
    assert list(Path(tmp_path).iterdir()) == []


def test_secrets_are_never_made_beside_a_database_server(tmp_path):
    with pytest.raises(ImproperlyConfigured):
        load_secrets(tmp_path / "secrets.json", secret_key="s", field_keys="", may_create=False)


def test_a_connection_outlives_its_request_on_either_database():
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] == 60
