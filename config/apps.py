from django.apps import AppConfig
from django.core import checks

from config.checks import check_object_store


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Duologue"

    def ready(self) -> None:
        checks.register(check_object_store)
