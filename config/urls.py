"""Every address of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import views

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("booking/", include("scheduling.urls")),
    path("recording/", include("recordings.urls")),
    path("pay/", include("payments.urls")),
]
if settings.DEBUG:
    urlpatterns += [
        path("demo/", views.demo_sign_in, name="demo_sign_in"),
        path("design/", views.design, name="design"),
    ]
