"""Check the environment and the secrets before Django starts."""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

PREFIX = "DUOLOGUE_"
# What the scheme of a mail server's address means where it names no port.
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 587, "smtp+ssl": 465}


def check_environment(environment: Mapping[str, str], *, known: Iterable[str]) -> None:
    """Refuse to start on a variable of ours that is not in `known`: a typing error must not pass as a default."""
    unknown = sorted(name for name in environment if name.startswith(PREFIX) and name not in set(known))
    if unknown:
        raise ImproperlyConfigured(
            f"Unknown setting in the environment: {', '.join(unknown)}. docs/operations.md lists those that exist."
        )


def read_email_url(url: str) -> dict[str, Any]:
    """Return Django's e-mail settings of one address, `smtp+tls://user:password@host` or `filemail:///folder`."""
    scheme = urlsplit(url).scheme
    if scheme not in {*MAIL_PORTS, "consolemail", "filemail", "memorymail"}:
        raise ImproperlyConfigured(
            "DUOLOGUE_EMAIL_URL must be smtp+tls://user:password@host, filemail:///folder or consolemail://."
        )
    config = environ.Env.email_url_config(url)
    if scheme == "filemail":
        config["EMAIL_FILE_PATH"] = urlsplit(url).path
    if scheme in MAIL_PORTS:
        config["EMAIL_PORT"] = config["EMAIL_PORT"] or MAIL_PORTS[scheme]
    return {name: "" if value is None else value for name, value in config.items()}


def load_secrets(path: Path, *, secret_key: str, field_keys: str, may_create: bool) -> dict[str, str]:
    """
    Return `secret_key` and `field_keys`, from the environment or, on the embedded default, from `path`.

    The file is made once with mode 0600. With a database server (`may_create` false)
    both must come from the environment: a key that lives beside one web process is
    lost with it, and every encrypted value with the key.
    """
    if secret_key and field_keys:
        return {"secret_key": secret_key, "field_keys": field_keys}
    if not may_create:
        raise ImproperlyConfigured(
            "DUOLOGUE_SECRET_KEY and DUOLOGUE_FIELD_KEYS must be set when DATABASE_URL names a database server."
        )
    stored = _read_or_create(path)
    return {
        "secret_key": secret_key or stored["secret_key"],
        "field_keys": field_keys or stored["field_keys"],
    }


def _read_or_create(path: Path) -> dict[str, str]:
    """Return the secrets of the file; make it first, once, when two processes start together."""
    if not path.exists():
        made = {
            "secret_key": secrets.token_urlsafe(50),
            "field_keys": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return json.loads(path.read_text())
