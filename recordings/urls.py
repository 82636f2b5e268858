"""Addresses: samples, reviews and sessions."""

from django.urls import path

from recordings.views import (
    assets,
    console,
    desk,
    figures,
    prompts,
    reviews,
    sample_lists,
    samples,
    sessions,
    uploads,
)

app_name = "recordings"

sample_urls = [
    path("samples/", sample_lists.sample_list, name="sample_list"),
    path("samples/export/", sample_lists.sample_export, name="sample_export"),
    path("sample/", samples.sample_new, name="sample_new"),
    path("sample/<slug:key>/", samples.sample_detail, name="sample_detail"),
    path("sample/<slug:key>/sound/", samples.sample_preview, name="sample_preview"),
]
upload_urls = [
    path("uploads/", uploads.upload_new, name="upload_new"),
    path("uploads/<slug:key>/", uploads.upload_detail, name="upload_detail"),
]
review_urls = [
    path("review/", reviews.review_queue, name="review_queue"),
    path("review/figures/", figures.review_figures, name="review_figures"),
    path("review/figures/own/", figures.own_figures, name="own_figures"),
    path("review/<slug:key>/", reviews.review_sample, name="review_sample"),
    path("review/<slug:key>/heard/", reviews.review_heard, name="review_heard"),
    path("review/<slug:key>/undo/", reviews.review_undo, name="review_undo"),
    path("review/<slug:key>/known/", desk.review_known, name="review_known"),
    path("review-player/", desk.review_player, name="review_player"),
    path("reviewers/", desk.reviewer_list, name="reviewer_list"),
    path("reviewers/<int:person_id>/", desk.reviewer_edit, name="reviewer_edit"),
    path("conflicts/", desk.conflict_list, name="conflict_list"),
    path("gold/", desk.gold_list, name="gold_list"),
    path("gold/<slug:key>/", desk.gold_edit, name="gold_edit"),
    path("gold/<slug:key>/retire/", desk.gold_retire, name="gold_retire"),
    path("cross-review/", reviews.cross_review_list, name="cross_review_list"),
    path("cross-review/<slug:key>/", reviews.cross_review, name="cross_review"),
    path("cross-review/<slug:key>/known/", desk.cross_known, name="cross_known"),
]
session_urls = [
    path("sessions/", sessions.session_list, name="session_list"),
    path("sessions/check-in/<int:booking_id>/", sessions.session_check_in, name="session_check_in"),
    path("sessions/<slug:key>/", sessions.session_detail, name="session_detail"),
    path("sessions/<slug:key>/console/", console.session_console, name="session_console"),
    path("sessions/<slug:key>/press/", console.session_press, name="session_press"),
    path("sessions/<slug:key>/events/", console.session_events, name="session_events"),
    path("sessions/<slug:key>/finish/", console.session_finish, name="session_finish"),
    path("sessions/<slug:key>/abandon/", console.session_abandon, name="session_abandon"),
    path("sessions/<slug:key>/files/", assets.asset_add, name="asset_add"),
]
prompt_urls = [
    path("prompts/", prompts.prompt_list, name="prompt_list"),
    path("prompts/add/", prompts.prompt_add, name="prompt_add"),
    path("prompts/<int:prompt_set_id>/", prompts.prompt_set, name="prompt_set"),
    path("prompts/<int:prompt_set_id>/use/", prompts.prompt_use, name="prompt_use"),
]

urlpatterns = [*sample_urls, *upload_urls, *review_urls, *session_urls, *prompt_urls]
