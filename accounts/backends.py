"""Who signs in, and how each later request knows them again."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import F, QuerySet

from accounts.kept_queries import KeptQuery
from accounts.models import User

ROLE = "one_role"


class PersonBackend(AuthenticationBackend):
    """allauth's backend, which reads a person and their roles with one query for each request."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person with their roles, or None for nobody and for a closed account."""
        found = WITH_ROLES(pk=int(user_id))
        if not found or not self.user_can_authenticate(found[0]):
            return None
        found[0].known_roles = frozenset(filter(None, (getattr(row, ROLE) for row in found)))
        return found[0]


def _with_roles(*, pk: int) -> QuerySet[User]:
    """Return the person once for each role, or once without any."""
    return User.objects.filter(pk=pk).annotate(**{ROLE: F("groups__name")})


WITH_ROLES = KeptQuery(_with_roles, pk=int)
