"""Consent: which text was shown to whom, what they said, and proof that nothing was changed. Rule: R-4."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.kept_queries import KeptQuery
from accounts.models import ConsentAct, ConsentNotice, ConsentRecord, Scope, User

NOTICES_DIR = Path(__file__).parent / "notices"
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
DEFAULT_LANGUAGE = "zh-hans"


class ConsentRefused(ValidationError):
    """The act cannot be recorded as it was sent."""


def hash_text(text: str) -> str:
    """Return the SHA-256 of the exact UTF-8 text."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def publish_notices(*, now: datetime) -> list[ConsentNotice]:
    """Publish a new version of every text in `accounts/notices/` that differs from the last one published."""
    published = []
    for scope in Scope.values:
        for language in LANGUAGES:
            text = (NOTICES_DIR / f"{scope}.{language}.txt").read_text(encoding="utf-8").strip()
            if notice := publish_notice(scope, language=language, text=text, now=now):
                published.append(notice)
    return published


@transaction.atomic
def publish_notice(scope: str, *, language: str, text: str, now: datetime) -> ConsentNotice | None:
    """Publish a text as the next version for its scope and language; nothing when it is the current one."""
    last = ConsentNotice.objects.filter(scope=scope, language=language).order_by("-version").first()
    if last is not None and last.text == text:
        return None
    return ConsentNotice.objects.create(
        scope=Scope(scope).value,
        language=language,
        version=last.version + 1 if last else 1,
        text=text,
        text_sha256=hash_text(text),
        published_at=now,
    )


def current_notices(language: str) -> dict[str, ConsentNotice]:
    """Return the text in force for every scope, in this language if it has one, else in Chinese (one query)."""
    wanted = language if language in LANGUAGES else DEFAULT_LANGUAGE
    latest: dict[str, ConsentNotice] = {}
    by_version = ConsentNotice.objects.filter(language__in=(wanted, DEFAULT_LANGUAGE)).order_by("version")
    for notice in sorted(by_version, key=lambda notice: notice.language == wanted):
        latest[notice.scope] = notice
    return {scope: latest[scope] for scope in Scope.values if scope in latest}


@transaction.atomic
def record_consent(
    person: User, *, notice: ConsentNotice, act: str, shown_sha256: str, now: datetime, method: str = "web"
) -> ConsentRecord:
    """
    Append what the person said to the text they were shown.

    Raise ConsentRefused: "text_changed" when what was shown is not the text in
    force any more (a withdrawal is taken all the same), "already" when a grant is
    in force, "not_given" when there is none to withdraw. Locks the person. Rule: R-4.
    """
    User.objects.select_for_update().get(pk=person.pk)
    is_in_force = notice.scope in scopes_in_force(person)
    if act == ConsentAct.WITHDRAW and not is_in_force:
        raise ConsentRefused(_("There is no consent to withdraw."), code="not_given")
    if act == ConsentAct.GRANT and is_in_force:
        raise ConsentRefused(_("You have agreed to this already."), code="already")
    if act != ConsentAct.WITHDRAW:
        _check_shown(notice, shown_sha256)
    return _append(person, notice=notice, act=ConsentAct(act).value, method=method, now=now)


@transaction.atomic
def record_choices(
    person: User, *, shown: Mapping[str, str], granted: Collection[str], language: str, now: datetime
) -> list[ConsentRecord]:
    """
    Record the choices of one form: a grant for each scope ticked, a refusal for each other.

    `shown` is the SHA-256 of the text that the form showed, by scope. What was
    said before is not said again, so a form sent twice writes once. Raise ConsentRefused, and record none, when
    one of them cannot be recorded or was ticked unseen (code="unseen"). Rule: R-4.
    """
    notices, latest = current_notices(language), latest_acts(person)
    given = {scope for scope, row in latest.items() if row.act == ConsentAct.GRANT}
    if not set(granted) <= set(shown) or not set(shown) <= set(notices):
        raise ConsentRefused(_("Choose on this page, with the texts before you."), code="unseen")
    written = []
    for scope, shown_sha256 in shown.items():
        if scope in given or (scope not in granted and scope in latest):
            continue
        act = ConsentAct.GRANT if scope in granted else ConsentAct.REFUSE
        notice = notices[scope]
        written.append(record_consent(person, notice=notice, act=act, shown_sha256=shown_sha256, now=now))
    return written


@transaction.atomic
def withdraw_consent(person: User, *, scope: str, now: datetime, method: str = "web") -> ConsentRecord:
    """
    Record that the person takes back a consent, against the text it was given to.

    Raise ConsentRefused(code="not_given") when there is none. Rule: R-4.
    """
    given = latest_acts(person).get(scope)
    if given is None:
        raise ConsentRefused(_("There is no consent to withdraw."), code="not_given")
    return record_consent(
        person,
        notice=given.notice,
        act=ConsentAct.WITHDRAW,
        shown_sha256=given.text_sha256,
        now=now,
        method=method,
    )


def _check_shown(notice: ConsentNotice, shown_sha256: str) -> None:
    """Raise ConsentRefused(code="text_changed") unless the text that was shown is the one in force."""
    newer = ConsentNotice.objects.filter(
        scope=notice.scope, language=notice.language, version__gt=notice.version
    )
    if shown_sha256 != notice.text_sha256 or newer.exists():
        raise ConsentRefused(
            _("The text was renewed while you read. Read the new one, then choose again."),
            code="text_changed",
        )


def _append(person: User, *, notice: ConsentNotice, act: str, method: str, now: datetime) -> ConsentRecord:
    """Write the next row of the person's chain."""
    last = ConsentRecord.objects.filter(person=person).order_by("-id").first()
    record = ConsentRecord(
        person=person,
        scope=notice.scope,
        act=act,
        notice=notice,
        text_sha256=notice.text_sha256,
        method=method,
        at=now,
        previous_hash=last.row_hash if last else "",
    )
    record.row_hash = hash_row(record)
    record.save()
    return record


def hash_row(record: ConsentRecord) -> str:
    """Return the SHA-256 over everything that the row says and the hash of the row before."""
    content = {
        "person": record.person.pseudonym,
        "scope": record.scope,
        "act": record.act,
        "notice": [record.notice.scope, record.notice.language, record.notice.version],
        "text_sha256": record.text_sha256,
        "method": record.method,
        "at": record.at.astimezone(UTC).isoformat(),
        "previous_hash": record.previous_hash,
    }
    return hash_text(json.dumps(content, sort_keys=True, separators=(",", ":")))


def latest_acts(person: User) -> dict[str, ConsentRecord]:
    """Return the last row of each scope on which the person has said anything (one query)."""
    rows = ConsentRecord.objects.filter(person=person).select_related("notice").order_by("id")
    return {row.scope: row for row in rows}


def scopes_in_force(person: User) -> frozenset[str]:
    """Return the scopes that the person has granted and not withdrawn. Rule: R-4."""
    latest = dict(SAID(person_id=person.pk))
    return frozenset(scope for scope, act in latest.items() if act == ConsentAct.GRANT)


def _said(*, person_id: int) -> QuerySet[ConsentRecord, Any]:
    return ConsentRecord.objects.filter(person=person_id).order_by("id").values_list("scope", "act")


SAID = KeptQuery(_said, person_id=int)


def grants_in_force(scope: str) -> QuerySet[ConsentRecord]:
    """Return the grants of the scope that nobody has withdrawn or renewed, one a person. Rule: R-4."""
    last = ConsentRecord.objects.filter(person=OuterRef("person"), scope=scope).order_by("-pk").values("pk")
    return ConsentRecord.objects.filter(scope=scope, act=ConsentAct.GRANT, pk=Subquery(last[:1]))


def has_decided(person: User) -> bool:
    """Return whether the person has said yes or no to anything yet."""
    return ConsentRecord.objects.filter(person=person).exists()


def verify_chain(person: User) -> list[str]:
    """Return what is broken in the person's consent rows, one sentence each; empty when all is whole."""
    return list(verify_chains(ConsentRecord.objects.filter(person=person)))


def verify_chains(rows: QuerySet[ConsentRecord]) -> Iterator[str]:
    """Yield what is broken in whole chains of consent rows, read one by one. Rule: R-4."""
    previous_hash: dict[int, str] = {}
    text_hash: dict[int, str] = {}
    for row in rows.select_related("person", "notice").order_by("person_id", "id").iterator():
        if row.previous_hash != previous_hash.get(row.person_id, ""):
            yield f"consent record {row.pk}: the row before it is missing or was changed"
        if row.row_hash != hash_row(row):
            yield f"consent record {row.pk}: it was changed after it was written"
        if row.notice_id not in text_hash:
            text_hash[row.notice_id] = hash_text(row.notice.text)
        if row.text_sha256 != text_hash[row.notice_id]:
            yield f"consent record {row.pk}: the text that was shown is not the text that is kept"
        previous_hash[row.person_id] = row.row_hash
