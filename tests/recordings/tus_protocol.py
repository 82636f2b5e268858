"""
The sentences of tus 1.0, one test each, in the order of the text.

A class that inherits `TusProtocol` gives the fixture `tus`, which speaks to a server:
`test_tus_protocol.py` to Django inside the test, `races/test_tus_served.py` over
sockets to a served site.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

OCTETS = "application/offset+octet-stream"
VERSION = {"Tus-Resumable": "1.0.0"}
DATA = bytes(range(256)) * 40
MAX_BYTES = 60 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What a server said; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes = b""

    @property
    def offset(self) -> int:
        return int(self.headers["upload-offset"])


@dataclass
class Speaker:
    """Somebody who speaks tus. `ask` is the transport's."""

    begun: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        raise NotImplementedError

    @property
    def door(self) -> str:
        return "/recording/uploads/"

    def create(self, length: int | str = len(DATA), *, body: bytes = b"", **more: str) -> Answer:
        headers = VERSION | {"Upload-Length": str(length)} | named(more)
        if body:
            headers = {"Content-Type": OCTETS} | headers
        answer = self.ask("POST", self.door, headers, body)
        if answer.status == 201:
            self.begun.append(answer.headers["location"])
        return answer

    def begin(self, length: int = len(DATA), **more: str) -> str:
        """Begin an upload and return its address."""
        answer = self.create(length, **more)
        assert answer.status == 201, answer
        return answer.headers["location"]

    def patch(self, url: str, body: bytes, *, offset: int | str, **more: str) -> Answer:
        headers = VERSION | {"Content-Type": OCTETS, "Upload-Offset": str(offset)} | named(more)
        return self.ask("PATCH", url, headers, body)

    def head(self, url: str) -> Answer:
        return self.ask("HEAD", url, VERSION)

    def delete(self, url: str) -> Answer:
        return self.ask("DELETE", url, VERSION)


def named(more: dict[str, str]) -> dict[str, str]:
    """Return headers from keyword names: `upload_checksum` is Upload-Checksum."""
    return {name.replace("_", "-").title(): value for name, value in more.items()}


def checksum(algorithm: str, data: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class TusProtocol:
    """Core protocol, then each extension that the server offers."""

    # --- Tus-Resumable, Tus-Version ---

    def test_tus_resumable_is_in_every_response(self, tus):
        url = tus.begin()
        answers = [
            tus.create(),
            tus.head(url),
            tus.patch(url, b"x", offset=7),
            tus.patch(url, b"x", offset=0),
            tus.patch(url, b"x", offset=0, content_type="text/plain"),
            tus.ask("GET", url, VERSION),
            tus.ask("HEAD", url),
            tus.create(MAX_BYTES + 1),
            tus.create("x"),
            tus.delete(url),
            tus.head(url),
        ]

        assert {answer.headers.get("tus-resumable") for answer in answers} == {"1.0.0"}

    def test_unsupported_version_is_answered_412_with_the_versions(self, tus):
        url = tus.begin()
        for version in ("0.2.2", "1.0", "2.0.0", ""):
            answer = tus.ask("HEAD", url, {"Tus-Resumable": version})
            assert (answer.status, answer.headers["tus-version"]) == (412, "1.0.0")

    def test_request_without_a_version_is_answered_412(self, tus):
        assert tus.ask("HEAD", tus.begin()).status == 412

    def test_request_of_an_unsupported_version_is_not_processed(self, tus):
        url = tus.begin()
        wrong = {"Tus-Resumable": "0.2.2", "Content-Type": OCTETS, "Upload-Offset": "0"}

        assert tus.ask("PATCH", url, wrong, DATA).status == 412
        assert tus.ask("DELETE", url, wrong).status == 412
        assert tus.ask("POST", tus.door, {"Tus-Resumable": "9.9.9", "Upload-Length": "5"}).status == 412
        assert tus.head(url).offset == 0

    # --- Upload-Offset, Upload-Length ---

    def test_offset_must_be_a_non_negative_integer(self, tus):
        url = tus.begin()
        for offset in ("-1", "x", "1.0", "", "0x0", "+0", "9" * 19, "٣"):
            assert tus.patch(url, b"x", offset=offset.encode("utf-8").decode("latin-1")).status == 400, offset
        assert tus.ask("PATCH", url, VERSION | {"Content-Type": OCTETS}, b"x").status == 400
        assert tus.head(url).offset == 0

    def test_length_must_be_a_non_negative_integer(self, tus):
        for length in ("-1", "x", "1.5", "", "1e3", "0x10", "9" * 19):
            assert tus.create(length).status == 400, length

    # --- X-HTTP-Method-Override ---

    def test_method_override_is_the_method_and_the_actual_one_is_ignored(self, tus):
        url = tus.begin()
        override = {"X-HTTP-Method-Override": "PATCH", "Content-Type": OCTETS, "Upload-Offset": "0"}

        for actual in ("POST", "PUT", "DELETE"):
            offset = tus.head(url).offset
            answer = tus.ask(actual, url, VERSION | override | {"Upload-Offset": str(offset)}, b"hello")
            assert (answer.status, answer.offset) == (204, offset + 5)

        asked = tus.ask("POST", url, VERSION | {"X-HTTP-Method-Override": "HEAD"})
        assert (asked.status, asked.offset) == (200, 15)
        assert tus.ask("POST", url, VERSION | {"X-HTTP-Method-Override": "DELETE"}).status == 204
        assert tus.head(url).status == 404

    # --- HEAD ---

    def test_head_has_the_offset_even_if_it_is_0(self, tus):
        answer = tus.head(tus.begin())

        assert (answer.status, answer.offset) == (200, 0)

    def test_head_has_the_offset_even_if_the_upload_is_completed(self, tus):
        url = tus.begin()
        tus.patch(url, DATA, offset=0)

        assert tus.head(url).offset == len(DATA)

    def test_head_has_the_length(self, tus):
        assert tus.head(tus.begin(123)).headers["upload-length"] == "123"

    def test_head_of_what_is_not_there_is_404_without_an_offset(self, tus):
        answer = tus.head(f"{tus.door}{'0' * 32}/")

        assert answer.status == 404
        assert "upload-offset" not in answer.headers

    def test_head_is_never_cached(self, tus):
        assert tus.head(tus.begin()).headers["cache-control"] == "no-store"

    # --- PATCH ---

    def test_patch_applies_the_bytes_at_the_offset(self, tus):
        url = tus.begin()

        assert tus.patch(url, DATA[:70], offset=0).status == 204
        assert tus.patch(url, DATA[70:], offset=70).status == 204
        assert tus.head(url).offset == len(DATA)

    def test_patch_is_acknowledged_with_204_and_the_new_offset(self, tus):
        url = tus.begin()

        answers = [tus.patch(url, DATA[at : at + 1000], offset=at) for at in range(0, 3000, 1000)]

        assert [(a.status, a.offset, a.body) for a in answers] == [
            (204, 1000, b""),
            (204, 2000, b""),
            (204, 3000, b""),
        ]

    def test_patch_without_bytes_changes_nothing(self, tus):
        url = tus.begin()

        answer = tus.patch(url, b"", offset=0)

        assert (answer.status, answer.offset) == (204, 0)

    def test_patch_of_another_content_type_is_answered_415(self, tus):
        url = tus.begin()
        for content_type in ("application/octet-stream", "text/plain", "application/x-www-form-urlencoded"):
            assert tus.patch(url, b"x", offset=0, content_type=content_type).status == 415
        assert tus.head(url).offset == 0

    def test_patch_at_another_offset_is_answered_409_and_modifies_nothing(self, tus):
        url = tus.begin()
        tus.patch(url, DATA[:100], offset=0)

        for offset in (0, 99, 101, len(DATA)):
            assert tus.patch(url, b"x", offset=offset).status == 409
        assert tus.head(url).offset == 100

    def test_patch_past_the_end_is_refused_and_modifies_nothing(self, tus):
        url = tus.begin(10)

        assert tus.patch(url, DATA[:11], offset=0).status == 413
        assert tus.head(url).offset == 0
        assert tus.patch(url, DATA[:10], offset=0).status == 204
        assert tus.patch(url, b"x", offset=10).status == 413
        assert tus.head(url).offset == 10

    def test_patch_of_what_is_not_there_is_answered_404(self, tus):
        assert tus.patch(f"{tus.door}{'0' * 32}/", b"x", offset=0).status == 404

    # --- OPTIONS ---

    def test_options_says_version_extensions_and_limit_and_ignores_the_version_asked(self, tus):
        for headers in ({}, {"Tus-Resumable": "0.0.1"}):
            answer = tus.ask("OPTIONS", tus.door, headers)
            assert answer.status in {200, 204}
            assert answer.headers["tus-version"] == "1.0.0"
            assert answer.headers["tus-max-size"] == str(MAX_BYTES)
            assert answer.headers["tus-extension"].split(",") == [
                "creation",
                "creation-with-upload",
                "expiration",
                "checksum",
                "termination",
            ]

    # --- creation ---

    def test_creation_is_acknowledged_with_201_and_a_location_that_stands_at_0(self, tus):
        answer = tus.create(100)

        assert answer.status == 201
        assert tus.head(answer.headers["location"]).offset == 0

    def test_each_creation_is_an_upload_of_its_own(self, tus):
        assert len({tus.begin(), tus.begin(), tus.begin()}) == 3

    def test_creation_without_a_length_is_refused(self, tus):
        assert tus.ask("POST", tus.door, VERSION).status == 400

    def test_deferred_length_is_not_offered_and_refused(self, tus):
        for value in ("1", "2"):
            answer = tus.ask("POST", tus.door, VERSION | {"Upload-Defer-Length": value})
            assert answer.status == 400

    def test_concatenation_is_not_offered_and_refused(self, tus):
        assert tus.create(upload_concat="partial").status == 400

    def test_upload_of_no_bytes_is_complete_at_once(self, tus):
        assert tus.head(tus.begin(0)).offset == 0

    def test_length_over_the_maximum_is_answered_413(self, tus):
        assert tus.create(MAX_BYTES).status == 201
        assert tus.create(MAX_BYTES + 1).status == 413

    def test_head_gives_back_the_metadata_that_is_kept(self, tus):
        kept = f"project {encoded('duo')}"

        assert tus.head(tus.begin(upload_metadata=kept)).headers["upload-metadata"] == kept

    def test_metadata_that_nobody_needs_is_ignored(self, tus):
        url = tus.begin(upload_metadata=f"filename {encoded('林小雨.m4a')},is_confidential,filetype ")

        assert "upload-metadata" not in tus.head(url).headers

    def test_metadata_that_is_no_metadata_is_refused(self, tus):
        once = encoded("a")
        for metadata in (
            f"name {once},name {once}",
            f"name {once},",
            f",name {once}",
            "name no-base64!",
            "name YQ",
            "name YR==",
            f"name  {once}",
            f"name {once} {once}",
            "name " + encoded("a" * 4096),
        ):
            assert tus.create(upload_metadata=metadata).status == 400, metadata

    # --- creation with upload ---

    def test_creation_with_bytes_answers_how_many_were_accepted(self, tus):
        for body in (DATA, DATA[:5]):
            answer = tus.create(body=body)
            assert (answer.status, answer.offset) == (201, len(body))
            assert tus.head(answer.headers["location"]).offset == len(body)

    def test_creation_with_bytes_of_another_content_type_is_answered_415(self, tus):
        assert tus.create(body=b"x", content_type="text/plain").status == 415

    def test_creation_with_more_bytes_than_the_length_is_refused(self, tus):
        assert tus.create(4, body=b"hello").status == 413

    def test_creation_with_bytes_heeds_the_checksum(self, tus):
        assert tus.create(5, body=b"hello", upload_checksum=checksum("sha1", b"hello")).offset == 5
        assert tus.create(5, body=b"hello", upload_checksum=checksum("sha1", b"other")).status == 460

    # --- expiration ---

    def test_expiry_is_in_the_answers_to_post_and_patch_as_an_http_date(self, tus):
        created = tus.create()
        patched = tus.patch(created.headers["location"], b"x", offset=0)

        for answer in (created, patched):
            said = answer.headers["upload-expires"]
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", said)
            assert parsedate_to_datetime(said).tzinfo is not None

    # --- checksum ---

    def test_checksum_algorithms_are_in_the_answer_to_options_and_sha1_is_one(self, tus):
        said = tus.ask("OPTIONS", tus.door).headers["tus-checksum-algorithm"]

        assert said.split(",") == ["sha1", "sha256", "md5"]

    def test_bytes_that_match_their_checksum_are_taken(self, tus):
        url = tus.begin()
        for number, algorithm in enumerate(("sha1", "sha256", "md5")):
            part = DATA[number * 100 : number * 100 + 100]
            answer = tus.patch(url, part, offset=number * 100, upload_checksum=checksum(algorithm, part))
            assert (answer.status, answer.offset) == (204, number * 100 + 100)

    def test_bytes_that_do_not_match_are_discarded_with_460(self, tus):
        url = tus.begin()
        tus.patch(url, DATA[:10], offset=0)

        answer = tus.patch(url, DATA[10:20], offset=10, upload_checksum=checksum("sha256", DATA[10:21]))

        assert answer.status == 460
        assert tus.head(url).offset == 10

    def test_unknown_algorithm_is_answered_400_and_the_bytes_discarded(self, tus):
        url = tus.begin()
        for said in (
            "crc32 AAAAAA==",
            "SHA1 AAAA",
            "sha1",
            "sha1 ",
            "sha1 !!",
            f"sha1 {encoded('short')}",
            "",
        ):
            assert tus.patch(url, DATA[:10], offset=0, upload_checksum=said).status == 400, said
        assert tus.head(url).offset == 0

    # --- termination ---

    def test_termination_of_an_unfinished_upload_is_204_and_then_404(self, tus):
        url = tus.begin()
        tus.patch(url, DATA[:10], offset=0)

        assert tus.delete(url).status == 204
        assert [tus.head(url).status, tus.patch(url, b"x", offset=10).status, tus.delete(url).status] == [
            404
        ] * 3

    def test_termination_of_a_completed_upload_is_204_and_then_404(self, tus):
        url = tus.create(body=DATA).headers["location"]

        assert tus.delete(url).status == 204
        assert tus.head(url).status == 404
