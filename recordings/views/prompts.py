"""Prompt sets: the list, one set, a new one from a file."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Model, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, has_role, role_required
from accounts.body_limits import takes_files
from recordings import access
from recordings.forms import MAX_PROMPT_FILE_BYTES, PromptFileForm
from recordings.models import Dialogue, PromptSet, RecordingSession
from recordings.prompts import lines_of, load_prompt_set, use_prompt_set

SETS_ON_A_PAGE = 25
DIALOGUES_ON_A_PAGE = 20


@role_required(Role.OPERATOR, Role.MANAGER)
@require_safe
def prompt_list(request: PersonRequest) -> HttpResponse:
    """List the prompt sets; managers add one from a file."""
    return _list_page(request, form=PromptFileForm())


def _list_page(request: PersonRequest, *, form: PromptFileForm) -> HttpResponse:
    sets = PromptSet.objects.select_related("project").annotate(
        dialogue_count=_count_of(Dialogue), session_count=_count_of(RecordingSession)
    )
    page = Paginator(sets.order_by("project__name", "name"), SETS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "form": form, "may_edit": has_role(request.user, Role.MANAGER)}
    return render(request, "recordings/prompt_list.html", context, status=422 if form.errors else 200)


def _count_of(model: type[Model]) -> Coalesce:
    """Return the number of the set's rows as a subquery: two joins would multiply each other."""
    rows = model._default_manager.filter(prompt_set=OuterRef("pk")).order_by().values("prompt_set")
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)


@takes_files(MAX_PROMPT_FILE_BYTES)
@role_required(Role.MANAGER)
@require_POST
def prompt_add(request: PersonRequest) -> HttpResponse:
    """Add a prompt set from a JSON file."""
    form = PromptFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            prompt_set = load_prompt_set(form.cleaned_data["project"], content=form.cleaned_data["file"])
        except ValidationError as refusal:
            form.add_error("file", refusal)
        else:
            messages.success(request, _("The prompt set is added and in use."))
            return redirect("recordings:prompt_set", prompt_set.pk)
    return _list_page(request, form=form)


@role_required(Role.OPERATOR, Role.MANAGER)
@require_safe
def prompt_set(request: PersonRequest, prompt_set_id: int) -> HttpResponse:
    """Show the topics and dialogues of one set."""
    shown = access.get_prompt_set(prompt_set_id)
    page = Paginator(shown.dialogues.all(), DIALOGUES_ON_A_PAGE).get_page(request.GET.get("page"))
    dialogues = [(dialogue, lines_of(dialogue, opener="A")) for dialogue in page]
    context = {"prompt_set": shown, "page_obj": page, "dialogues": dialogues}
    context["may_edit"] = has_role(request.user, Role.MANAGER)
    return render(request, "recordings/prompt_set.html", context)


@role_required(Role.MANAGER)
@require_POST
def prompt_use(request: PersonRequest, prompt_set_id: int) -> HttpResponse:
    """Take a set into use, or out of it."""
    shown = access.get_prompt_set(prompt_set_id)
    try:
        use_prompt_set(shown, is_active=request.POST.get("use") == "yes")
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    return redirect("recordings:prompt_set", shown.pk)
