"""Addresses: studios, slots, pairs and bookings."""

from django.urls import URLPattern

app_name = "scheduling"

urlpatterns: list[URLPattern] = []
