"""The administration of people, consents and codes."""

from typing import Any

# These three register their models first; what follows replaces that.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import people
from accounts.access import PersonRequest, Role
from accounts.admin_site import ReadOnlyAdmin
from accounts.models import (
    ConsentNotice,
    ConsentRecord,
    Message,
    MessageEvent,
    MessageText,
    OneTimeCode,
    Profile,
    User,
)
from accounts.phones import mask_phone, parse_phone

admin.site.unregister([Authenticator, EmailAddress, Group])


def _name_authenticators() -> None:
    """Name allauth's table and its columns: allauth itself names them in English only."""
    meta = Authenticator._meta
    meta.verbose_name, meta.verbose_name_plural = _("second factor"), _("second factors")
    for field, name in (
        ("user", _("person")),
        ("type", _("kind")),
        ("created_at", _("made at")),
        ("last_used_at", _("last used at")),
    ):
        meta.get_field(field).verbose_name = name


_name_authenticators()


class StaffForm(forms.ModelForm):
    """A new member of staff: participants sign up themselves."""

    phone = forms.CharField(label=_("Mobile number"), max_length=30)
    name = forms.CharField(label=_("Full name"), max_length=60)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("phone", "name", "roles", "language")

    def clean_phone(self) -> str:
        return parse_phone(self.cleaned_data["phone"])


class PersonForm(forms.ModelForm):
    """A person's roles and language; all else they tell themselves."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("roles", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["roles"] = list(self.instance.groups.values_list("name", flat=True))


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People. Numbers are masked; a whole number typed into the search finds its person."""

    form = PersonForm
    list_display = ("pseudonym", "name", "masked_phone", "role_names", "is_active", "joined_at", "last_login")
    list_filter = ("groups", "is_active", "joined_at")
    list_select_related = ("profile",)
    search_fields = ("pseudonym", "profile__name")
    ordering = ("-joined_at",)
    show_full_result_count = False
    readonly_fields = (
        "pseudonym", "name", "masked_phone", "is_active", "phone_verified_at", "joined_at", "last_login"
    )  # fmt: skip
    actions = ("close_accounts", "reopen_accounts", "reset_second_factors")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return StaffForm.Meta.fields
        return (*self.readonly_fields, "roles", "language")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = PersonForm if obj else StaffForm
        kwargs["fields"] = ("language",) if obj else ("phone", "language")
        return super().get_form(request, obj, change=change, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        try:
            return queryset.filter(phone=parse_phone(search_term)), False
        except ValidationError:
            return super().get_search_results(request, queryset, search_term)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is deleted: consent and tax records are kept. An account is closed."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        told = form.cleaned_data
        if change:
            super().save_model(request, obj, form, change)
            people.set_roles(obj, told["roles"])
            return
        person = people.register_staff(
            told["phone"],
            name=told["name"],
            roles=told["roles"],
            language=told["language"],
            now=timezone.now(),
        )
        obj.pk = person.pk
        obj.refresh_from_db()

    @admin.display(description=_("full name"), ordering="profile__name")
    def name(self, person: User) -> str:
        profile = getattr(person, "profile", None)
        return profile.name if profile else "—"

    @admin.display(description=_("phone"))
    def masked_phone(self, person: User) -> str:
        return mask_phone(person.phone)

    @admin.display(description=_("roles"))
    def role_names(self, person: User) -> str:
        return ", ".join(str(Role(group.name).label) for group in person.groups.all())

    @admin.action(description=_("Close the accounts"))
    def close_accounts(self, request: PersonRequest, chosen: QuerySet[User]) -> None:
        self._tell(request, sum(people.close_account(person, by=request.user) for person in chosen))

    @admin.action(description=_("Open the accounts again"))
    def reopen_accounts(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._tell(request, sum(people.reopen_account(person) for person in chosen))

    @admin.action(description=_("Reset the second factor (lost phone)"))
    def reset_second_factors(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        self._tell(request, sum(bool(people.reset_second_factor(person)) for person in chosen))

    def _tell(self, request: HttpRequest, count: int) -> None:
        words = ngettext("%(count)d account was changed.", "%(count)d accounts were changed.", count)
        messages.success(request, words % {"count": count})


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    list_display = ("user", "name", "sex", "birth_on", "region_raised", "city", "updated_at")
    list_filter = ("sex", "region_raised")
    list_select_related = ("user",)
    search_fields = ("name", "user__pseudonym", "city", "dialect")


@admin.register(ConsentNotice)
class ConsentNoticeAdmin(ReadOnlyAdmin):
    list_display = ("scope", "language", "version", "published_at", "text_sha256")
    list_filter = ("scope", "language")
    search_fields = ("text", "text_sha256")


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ("person", "act", "scope", "notice", "at", "method")
    list_filter = ("act", "scope", "at")
    list_select_related = ("person", "notice")
    search_fields = ("person__pseudonym", "text_sha256", "row_hash")


@admin.register(OneTimeCode)
class OneTimeCodeAdmin(ReadOnlyAdmin):
    fields = list_display = ("sent_at", "expires_at", "used_at", "wrong_tries", "serial", "phone_hash")
    search_fields = ("phone_hash", "address_hash")


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """The outbox. What a message is filled with is sealed and not shown; a manager's page settles what failed."""

    list_display = (
        "person",
        "template",
        "channel",
        "language",
        "status",
        "attempts",
        "not_before",
        "claimed_at",
    )
    list_filter = ("status", "channel", "template")
    list_select_related = ("person",)
    search_fields = ("key", "reference", "provider_id", "person__pseudonym")
    exclude = ("sealed_params",)


@admin.register(MessageEvent)
class MessageEventAdmin(ReadOnlyAdmin):
    fields = list_display = ("message", "old", "new", "by", "at", "told_reason")
    list_filter = ("new",)
    list_select_related = ("message", "by")
    search_fields = ("message__key", "message__reference", "reason")

    @admin.display(description=_("reason"), empty_value="-")
    def told_reason(self, event: MessageEvent) -> str:
        return event.told_reason


@admin.register(MessageText)
class MessageTextAdmin(ReadOnlyAdmin):
    """Every version of what managers wrote; their page writes the next one."""

    list_display = ("template", "channel", "language", "written_by", "written_at")
    list_filter = ("channel", "language", "template")
    list_select_related = ("written_by",)
    search_fields = ("template", "subject", "body")


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    fields = list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__pseudonym",)


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    fields = list_display = search_fields = ("name",)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__pseudonym")
