"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("booking/", include("scheduling.urls")),
    path("recording/", include("recordings.urls")),
    path("pay/", include("payments.urls")),
]
