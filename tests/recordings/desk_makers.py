"""Addresses of the reviewers' and lead reviewers' pages, and how their forms are sent."""

from django.urls import reverse

QUEUE = reverse("recordings:review_queue")
CROSS_LIST = reverse("recordings:cross_review_list")


def page(sample):
    return reverse("recordings:review_sample", args=[sample.key])


def heard_url(sample):
    return reverse("recordings:review_heard", args=[sample.key])


def undo_url(sample):
    return reverse("recordings:review_undo", args=[sample.key])


def known_url(sample):
    return reverse("recordings:review_known", args=[sample.key])


def cross(sample):
    return reverse("recordings:cross_review", args=[sample.key])


def cross_known_url(sample):
    return reverse("recordings:cross_known", args=[sample.key])


def sound_url(sample):
    return reverse("recordings:sample_preview", args=[sample.key])


def words(response):
    """Return the page as one line."""
    return " ".join(response.content.decode().split())


def send(client, url, *, form_key="k" * 32, **fields):
    return client.post(url, {"form_key": form_key, **fields})
