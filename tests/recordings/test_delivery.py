"""How sound reaches who may hear it: sent by us, by the proxy, or by a link to the store."""

import urllib.error
import urllib.request

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from recordings.delivery import ACCEL_LOCATION
from recordings.models import Delivery, PlayEvent, Sample
from recordings.object_storage import ObjectReader, ObjectStorage
from recordings.urls import urlpatterns as recordings_urls
from tests.object_stores import BUCKET, storages_at
from tests.recordings.makers import make_sample

CONTENT = bytes(range(250)) * 40
NEW = reverse("recordings:sample_new")


def sound_of(sample):
    return reverse("recordings:sample_preview", args=[sample.key])


# --- by ourselves ---


def test_part_is_sent_from_the_store_without_the_rest(kept, client_for, lin, monkeypatch):
    asked = []
    read = ObjectReader.read
    monkeypatch.setattr(ObjectReader, "read", lambda self, size: asked.append(size) or read(self, size))

    response = client_for(lin).get(sound_of(kept), headers={"Range": "bytes=90000-90009"})

    assert b"".join(response.streaming_content) == bytes(range(10))
    assert asked == [10]


def test_head_request_reads_nothing_and_is_no_play(kept, client_for, lin, monkeypatch):
    monkeypatch.setattr(ObjectReader, "read", lambda self, size: pytest.fail("nothing is to be read"))

    response = client_for(lin).head(sound_of(kept), headers={"Range": "bytes=0-9"})

    assert (response.status_code, response.headers["Content-Length"]) == (200, "100000")
    assert (response.headers["Accept-Ranges"], response.headers["Content-Type"]) == ("bytes", "audio/mpeg")
    assert not PlayEvent.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "samples/{0}/{1}/original",
        "samples/{0}/{1}/../../preview.mp3",
        "samples/{0}/{1}/preview.mp3/../original",
        "samples/{0}/{1}/preview.wav",
        "samples/{0}/{1}/preview.mp3\nX-Other: 1",
        "/etc/preview.mp3",
        "sessions/{0}/{1}/preview.mp3",
        "secrets.json",
    ],
)
@pytest.mark.parametrize("delivery", Delivery.values)
def test_nothing_but_a_preview_is_ever_sent(client_for, lin, project, settings, name, delivery):
    settings.SOUND_DELIVERY = delivery
    sample = make_sample(lin, project=project)
    Sample.objects.update(preview=name.format(sample.key[:2], sample.key))

    response = client_for(lin).get(sound_of(sample))

    assert response.status_code == 400
    assert "X-Accel-Redirect" not in response.headers
    assert "Location" not in response.headers


def test_no_address_gives_the_original(client_for, lin, ada, mara, project):
    """Every page with a key of a sample in its address, and the folder as one might guess it."""
    sample = make_sample(lin, project=project)
    default_storage.save(sample.original.name, ContentFile(b"THE-ORIGINAL"))
    addresses = [
        f"/{sample.original.name}",
        f"/media/{sample.original.name}",
        f"{ACCEL_LOCATION}{sample.original.name}",
    ]
    addresses += [
        reverse(f"recordings:{page.name}", args=[sample.key])
        for page in recordings_urls
        if str(page.pattern).count("<") == 1 and "<slug:key>" in str(page.pattern)
    ]
    assert reverse("recordings:sample_preview", args=[sample.key]) in addresses
    addresses.append(reverse("admin:recordings_sample_change", args=[sample.pk]))

    for person in (lin, ada, mara):
        client = client_for(person)
        for address in addresses:
            for headers in ({}, {"Range": "bytes=0-"}):
                response = client.get(address, headers=headers)
                assert b"THE-ORIGINAL" not in b"".join(response), address
                response.close()


# --- by the proxy ---


def test_proxy_is_told_the_file_and_nothing_is_sent_by_us(client_for, lin, stranger, project, settings):
    settings.SOUND_DELIVERY = "accel"
    sample = make_sample(lin, project=project)

    response = client_for(lin).get(sound_of(sample), headers={"Range": "bytes=0-9"})

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["X-Accel-Redirect"] == f"/_sound/{sample.preview.name}"
    assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (
        "audio/mpeg",
        "private, no-store",
    )
    assert PlayEvent.objects.values_list("delivery", flat=True).get() == "accel"
    assert client_for(stranger).get(sound_of(sample)).status_code == 404


# --- links of the store ---


@pytest.fixture
def linked(ministack, settings, lin, project):
    """A sample that browsers get from the store itself."""
    settings.STORAGES = storages_at(ministack.endpoint)
    settings.SOUND_DELIVERY = "presigned"
    return make_sample(lin, project=project)


def fetch(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
        return answer.status, answer.headers, answer.read()


def test_link_leads_to_the_part_at_the_store_for_a_minute(linked, client_for, lin, ministack):
    answer = client_for(lin).get(sound_of(linked), headers={"Range": "bytes=250-499"})
    link = answer.headers["Location"]

    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
    assert link.startswith(f"{ministack.endpoint}/{BUCKET}/{linked.preview.name}?")
    assert "X-Amz-Expires=60&" in link
    status, headers, content = fetch(link, Range="bytes=250-499", Origin="https://duologue.example.org")
    assert (status, content) == (206, bytes(range(250)))
    assert headers["Content-Range"] == "bytes 250-499/100000"
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("audio/mpeg", "private, no-store")
    assert headers["Access-Control-Allow-Origin"] in {"*", "https://duologue.example.org"}
    assert PlayEvent.objects.values_list("delivery", "purpose").get() == ("presigned", "own")


def test_link_for_a_head_request_is_one_for_a_head_request(linked, client_for, lin):
    link = client_for(lin).head(sound_of(linked)).headers["Location"]

    request = urllib.request.Request(link, method="HEAD")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, "100000")
    assert not PlayEvent.objects.exists()


def test_link_opens_nothing_but_its_own_preview(linked, client_for, lin):
    default_storage.save(linked.original.name, ContentFile(b"the original"))
    link = client_for(lin).get(sound_of(linked)).headers["Location"]

    end = "0" if link[-1] != "0" else "1"
    for other in (link.replace(linked.preview.name, linked.original.name), link[:-1] + end):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            fetch(other)
        assert refusal.value.code == 403
        refusal.value.close()


def test_link_is_signed_for_the_address_that_browsers_use():
    options = storages_at("http://10.0.0.7:9000")["default"]["OPTIONS"]
    storage = ObjectStorage(**options | {"public_endpoint_url": "https://files.example.org"})

    assert storage.link("a", content_type="audio/mpeg").startswith(f"https://files.example.org/{BUCKET}/a?")


def test_link_is_given_only_after_the_access_check(linked, client_for, stranger):
    assert client_for(stranger).get(sound_of(linked)).status_code == 404
    assert not PlayEvent.objects.exists()
