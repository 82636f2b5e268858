from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import consents


class Command(BaseCommand):
    help = "Publish the consent texts of accounts/notices/ that differ from the last ones published."

    def handle(self, *args: Any, **options: Any) -> None:
        for notice in consents.publish_notices(now=timezone.now()):
            if options["verbosity"]:
                self.stdout.write(f"published {notice.scope} {notice.language} v{notice.version}")
