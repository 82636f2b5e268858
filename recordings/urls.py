"""Addresses: samples, reviews and sessions."""

from django.urls import path

from recordings.views import reviews, samples

app_name = "recordings"

sample_urls = [
    path("samples/", samples.sample_list, name="sample_list"),
    path("sample/", samples.sample_new, name="sample_new"),
    path("sample/<slug:key>/", samples.sample_detail, name="sample_detail"),
    path("sample/<slug:key>/sound/", samples.sample_preview, name="sample_preview"),
]
review_urls = [
    path("review/", reviews.review_queue, name="review_queue"),
    path("review/<slug:key>/", reviews.review_sample, name="review_sample"),
    path("review/<slug:key>/heard/", reviews.review_heard, name="review_heard"),
    path("review/<slug:key>/undo/", reviews.review_undo, name="review_undo"),
    path("cross-review/", reviews.cross_review_list, name="cross_review_list"),
    path("cross-review/<slug:key>/", reviews.cross_review, name="cross_review"),
]

urlpatterns = [*sample_urls, *review_urls]
