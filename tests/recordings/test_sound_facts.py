"""What a reviewer sees of the figures: numbers with their units, the balance, lanes and regions with words."""

import pytest
from django.urls import reverse

from recordings.queue import reserve_next
from recordings.review_pages import describe_sound
from tests.recordings.makers import make_sample

HEARD = {
    "snr_db": 27.6,
    "bandwidth_hz": 7_400,
    "quality_mos": 3.24,
    "dominant_share": 0.624,
    "voices": [
        {"voice": "a", "from_ms": 0, "to_ms": 4_000},
        {"voice": "b", "from_ms": 4_200, "to_ms": 9_000},
    ],
    "regions": [{"kind": "clipping", "from_ms": 2_000, "to_ms": 3_000}],
    "marks": ["noisy", "upsampled"],
}


@pytest.fixture
def page_of(client_for, rui, lin, project, clock):
    def get(**figures):
        sample = make_sample(lin, project=project, **figures)
        reserve_next(rui, now=clock.at)
        client = client_for(rui)
        client.cookies["django_language"] = "en"
        response = client.get(reverse("recordings:review_sample", args=[sample.key]))
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return get


def test_figures_stand_beside_the_wave_with_units(page_of):
    page = page_of(**HEARD)
    for figure in ("<dd>28 dB</dd>", "<dd>7.4 kHz</dd>", "<dd>3.2</dd>", "A 62%", "38% B"):
        assert figure in page
    assert "Who speaks how much (estimate)" in page
    assert "It cannot tell whether there is only one." in page
    assert 'data-voices="[[0, 0, 4000], [1, 4200, 9000]]"' in page


def test_marks_and_regions_have_words(page_of):
    page = page_of(**HEARD)
    for text in ("Noisy", "Cut off: was narrow once", "0:02 · Clipped", "thick and hatched: clipped"):
        assert text in page


def test_what_is_not_known_is_called_unknown_and_not_drawn(page_of):
    page = page_of()
    assert page.count("<dd>unknown</dd>") == 3
    assert "data-voices" not in page
    assert "balance-bar" not in page
    assert "player-legend" not in page


def test_balance_adds_up_to_a_hundred(lin, rui, project, clock):
    sample = make_sample(lin, project=project, dominant_share=0.505)
    assert describe_sound(sample, listener=rui)["balance"] in (
        {"share_a": 50, "share_b": 50},
        {"share_a": 51, "share_b": 49},
    )
