"""Addresses: studios, slots, pairs and bookings."""

from django.urls import URLPattern, path

from scheduling.views import pairs

app_name = "scheduling"

# Participants and their partners.
pair_patterns: list[URLPattern] = [
    path("partner/", pairs.pair_list, name="pair_list"),
    path("partner/join/", pairs.pair_join, name="pair_join"),
    path("partner/code/", pairs.invitation_new, name="invitation_new"),
    path("partner/code/<int:pk>/withdraw/", pairs.invitation_withdraw, name="invitation_withdraw"),
    path("partner/<int:pk>/end/", pairs.pair_end, name="pair_end"),
    path("partner/<int:pk>/block/", pairs.pair_block, name="pair_block"),
    path("partner/blocked/<int:pk>/lift/", pairs.block_lift, name="block_lift"),
]

urlpatterns: list[URLPattern] = [*pair_patterns]
