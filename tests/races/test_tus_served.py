"""Uploads at a served site, over sockets: the protocol, cuts, kills, two windows, a full disk, another client."""

import io
import random
import threading
from collections.abc import Iterator

import pytest
from tusclient.client import TusClient

from tests.journeys.site import wait_until
from tests.races.uploading import MB, SocketSpeaker, UploadSite, may_mount, mount, unmount
from tests.recordings.tus_protocol import TusProtocol

pytestmark = pytest.mark.race

PIECE = 256 * 1024
DATA = random.Random(3).randbytes(2 * MB + 12_345)
SPEAKERS = 9
PLENTY = {
    "DUOLOGUE_MAX_OPEN_UPLOADS": "1000",
    "DUOLOGUE_MAX_PERSON_UPLOAD_MB": "10000",
    "DUOLOGUE_KEEP_FREE_MB": "0",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadSite]:
    site = UploadSite(tmp_path_factory.mktemp("uploads"), settings=PLENTY)
    site.run("manage.py", "prepare")
    site.serve()
    yield site
    site.kill()


@pytest.fixture(scope="module")
def speakers(site: UploadSite) -> Iterator[SocketSpeaker]:
    """People who are signed in and have sent no sample yet."""
    sessions = site.stage("bring_speakers", count=SPEAKERS)["sessions"]
    return iter([SocketSpeaker(site=site, session=session) for session in sessions])


@pytest.fixture(scope="module")
def anybody(speakers: Iterator[SocketSpeaker]) -> SocketSpeaker:
    """Somebody who never makes a sample of what they send."""
    return next(speakers)


@pytest.fixture
def tus(speakers: Iterator[SocketSpeaker]) -> SocketSpeaker:
    """Somebody new."""
    return next(speakers)


def submitted(speaker: SocketSpeaker, url: str) -> bytes:
    """Let a sample be made of the upload and return its bytes."""
    answer = speaker.submit(url)
    assert answer.status == 302, answer
    return speaker.site.original(answer.headers["location"])


def send_and_cut(speaker: SocketSpeaker, url: str, body: bytes, *, offset: int, after: int) -> None:
    """Send `after` bytes and cut, again while nothing arrived: the server may still hold the request before."""

    def is_settled() -> bool:
        if speaker.offset_of(url) == offset:
            speaker.send_and_cut(url, body, offset=offset, after=after)
        return speaker.offset_of(url) == offset + len(body[:after])

    wait_until(is_settled, what=f"{after} bytes at {offset}")


class TestServed(TusProtocol):
    """The sentences of the protocol at a real server."""

    @pytest.fixture
    def tus(self, anybody):
        yield anybody
        while anybody.begun:
            anybody.delete(anybody.begun.pop())


# --- bodies without a length ---


def test_body_in_chunks_is_taken_as_it_comes(anybody):
    url = anybody.begin(10)
    with anybody.patching(url, offset=0, length=None) as connection:
        connection.sendall(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 204")

    assert anybody.offset_of(url) == 7


def test_body_in_chunks_does_not_go_past_the_end(anybody):
    url = anybody.begin(5)
    with anybody.patching(url, offset=0, length=None) as connection:
        connection.sendall(b"6\r\nabcdef\r\n0\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")

    assert anybody.offset_of(url) == 0


# --- cut ---


def test_upload_cut_at_every_boundary_arrives_whole(tus, site):
    url = tus.begin(len(DATA))
    for offset in range(0, len(DATA), PIECE):
        send_and_cut(tus, url, DATA[offset:], offset=offset, after=PIECE)

    assert submitted(tus, url) == DATA


def test_upload_cut_in_the_middle_of_every_chunk_keeps_what_arrived_and_arrives_whole(tus, site):
    url = tus.begin(len(DATA))
    dice = random.Random(5)
    while (offset := tus.offset_of(url)) < len(DATA):
        chunk = DATA[offset : offset + PIECE]
        after = dice.randint(1, len(chunk))
        send_and_cut(tus, url, chunk, offset=offset, after=after)

    assert submitted(tus, url) == DATA


def test_chunk_with_a_checksum_that_is_cut_leaves_nothing(anybody, site):
    url = anybody.begin(len(DATA))
    whole = anybody.patch(url, DATA[:100], offset=0, upload_checksum="sha1 " + "A" * 27 + "=")

    assert (whole.status, anybody.offset_of(url)) == (460, 0)
    assert anybody.patch(url, DATA[:100], offset=0).status == 204


# --- killed ---


def test_server_killed_between_chunks_goes_on_where_it_was(tus, site):
    url = tus.begin(len(DATA))
    tus.patch(url, DATA[:PIECE], offset=0)

    site.kill()
    site.serve()

    assert tus.offset_of(url) == PIECE
    tus.send_rest(url, DATA, piece=PIECE)
    assert submitted(tus, url) == DATA


def test_server_killed_within_a_chunk_loses_one_step_at_most(tus, site):
    url = tus.begin(len(DATA))
    sent = MB + MB // 2
    with tus.patching(url, offset=0, length=len(DATA)) as connection:
        connection.sendall(DATA[:sent])
        wait_until(lambda: tus.offset_of(url), what="the first step")
        site.kill()
    site.serve()

    assert sent - MB <= tus.offset_of(url) <= sent
    tus.send_rest(url, DATA)
    assert submitted(tus, url) == DATA


# --- two windows ---


def test_two_windows_that_send_the_same_upload_make_one_whole_file_and_one_sample(tus, site):
    url = tus.begin(len(DATA))
    said: list[list[int]] = [[], []]

    def send(number: int) -> None:
        said[number] = tus.send_rest(url, DATA, piece=PIECE // 4)

    windows = [threading.Thread(target=send, args=(number,)) for number in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join(60)
    assert sum(statuses.count(204) for statuses in said) == -(-len(DATA) // (PIECE // 4))

    places: list[str] = []
    presses = [
        threading.Thread(target=lambda: places.append(tus.submit(url).headers["location"])) for _ in "ab"
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join(60)
    assert len(places) == 2
    assert len(set(places)) == 1
    assert site.original(places[0]) == DATA


def test_writer_who_fell_silent_locks_nobody_out(tus, site):
    url = tus.begin(len(DATA))
    with tus.patching(url, offset=0, length=len(DATA)) as silent:
        silent.sendall(DATA[:1000])
        tus.send_rest(url, DATA)
        silent.sendall(DATA[1000:])
        assert silent.recv(1000).startswith(b"HTTP/1.1 409")

    assert submitted(tus, url) == DATA


# --- a disk that is too small ---


@pytest.fixture
def small_disk(site: UploadSite) -> Iterator[str]:
    """Let 1.5 MB be the most that fits; `enlarge` in the test makes room. Says how it was done."""
    folder = site.data_dir / "uploads"
    site.kill()
    if may_mount(folder):
        mount(folder, size="1536k")
        site.serve()
        yield "mounted"
        site.kill()
        unmount(folder)
    else:  # nobody but root may mount: then no file may grow past that, the database's aside, which is larger
        database = (site.data_dir / "duologue.sqlite3").stat().st_size
        site.largest_file = max(database, MB) + 6 * MB
        site.serve()
        yield "limited"
        site.kill()
        site.largest_file = 0
    site.serve()


def test_full_disk_refuses_keeps_what_is_there_and_goes_on_once_there_is_room(tus, site, small_disk):
    data = DATA if small_disk == "mounted" else random.Random(7).randbytes(site.largest_file + MB)
    # Zero free bytes are kept back, and what is promised is counted: begin while the disk still looks large enough.
    if small_disk == "mounted":
        mount(site.data_dir / "uploads", size="8m", again=True)
        url = tus.begin(len(data))
        mount(site.data_dir / "uploads", size="1536k", again=True)
    else:
        url = tus.begin(len(data))

    answer = tus.patch(url, data, offset=0)
    offset = tus.offset_of(url)

    assert answer.status == 507
    assert 0 < offset < len(data)
    assert tus.patch(url, data[offset:], offset=offset).status == 507
    assert tus.offset_of(url) == offset
    if small_disk == "mounted":
        assert tus.create(len(data)).status == 507
        mount(site.data_dir / "uploads", size="8m", again=True)
    else:
        site.kill()
        site.largest_file = 0
        site.serve()
    tus.send_rest(url, data)
    assert submitted(tus, url) == data


# --- another client ---


def test_tuspy_sends_checks_and_resumes(tus, site):
    client = TusClient(f"{site.url}{tus.door}", headers=tus.signed)
    how = {"file_stream": io.BytesIO(DATA), "chunk_size": PIECE, "upload_checksum": True}
    sender = client.uploader(**how, metadata={"filename": "林小雨.m4a"})
    sender.upload_chunk()
    sender.upload_chunk()

    again = client.uploader(**how, url=sender.url)
    assert again.offset == 2 * PIECE
    again.upload()

    assert submitted(tus, sender.url) == DATA
    assert not [part for part in site.parts() if part.stem in sender.url]
