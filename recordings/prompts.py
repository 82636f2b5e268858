"""Prompt sets: the topics and the scripted dialogues that a session follows. Rules: R-27, R-29."""

import json
import re
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from recordings.models import Dialogue, PromptSet
from scheduling.models import Booking, Project

DEMO_FILE = Path(__file__).with_name("prompts_demo.json")
MAX_TOPICS = 100
MAX_DIALOGUES = 500
MAX_LINES = 20
MAX_NAME_LENGTH, MAX_TOPIC_LENGTH, MAX_SITUATION_LENGTH, MAX_LINE_LENGTH = 80, 120, 200, 500


class PromptsRefused(ValidationError):
    """The prompts cannot be used as they are written."""


def load_demo_prompts(project: Project) -> PromptSet:
    """Return the built-in set of 12 topics and 60 dialogues in the project; made once."""
    content = json.loads(DEMO_FILE.read_text(encoding="utf-8"))
    existing = PromptSet.objects.filter(project=project, name=content["name"]).first()
    return existing or load_prompt_set(project, content=content)


@transaction.atomic
def load_prompt_set(project: Project, *, content: object) -> PromptSet:
    """
    Write a new prompt set: `name`, `topics` (texts), `dialogues` (situation, prompt_words, lines of {"text"}).

    Raise PromptsRefused: "shape" when a part is missing or too long, "words" for a
    prompt word that no line speaks, "name" for a name that the project has already. Rule: R-29.
    """
    prompts = check_prompts(content)
    if PromptSet.objects.filter(project=project, name=prompts["name"]).exists():
        raise PromptsRefused(_("There is a prompt set of this name. Choose another name."), code="name")
    prompt_set = PromptSet.objects.create(project=project, name=prompts["name"], topics=prompts["topics"])
    Dialogue.objects.bulk_create(
        Dialogue(
            prompt_set=prompt_set,
            number=number,
            situation=row["situation"],
            prompt_words=row["prompt_words"],
            lines=[{"text": line["text"]} for line in row["lines"]],
        )
        for number, row in enumerate(prompts["dialogues"], start=1)
    )
    return prompt_set


def check_prompts(content: object) -> dict[str, Any]:
    """Return the content of a prompt set when every part of it is right, else raise PromptsRefused."""
    if not isinstance(content, dict) or not _is_text(content.get("name"), MAX_NAME_LENGTH):
        raise PromptsRefused(_("The prompt set has no name."), code="shape")
    topics: Any = content.get("topics")
    dialogues: Any = content.get("dialogues")
    if not _is_list(topics, MAX_TOPICS) or not all(_is_text(topic, MAX_TOPIC_LENGTH) for topic in topics):
        raise PromptsRefused(_("The topics are no list of short texts."), code="shape")
    if not _is_list(dialogues, MAX_DIALOGUES):
        raise PromptsRefused(_("The dialogues are no list."), code="shape")
    for number, row in enumerate(dialogues, start=1):
        _check_dialogue(row, number=number)
    return content


def _check_dialogue(row: Any, *, number: int) -> None:
    is_whole = (
        isinstance(row, dict)
        and _is_text(row.get("situation"), MAX_SITUATION_LENGTH)
        and _is_list(row.get("lines"), MAX_LINES)
        and all(
            isinstance(line, dict) and _is_text(line.get("text"), MAX_LINE_LENGTH) for line in row["lines"]
        )
        and _is_list(row.get("prompt_words"), MAX_LINES)
        and all(_is_text(word, MAX_LINE_LENGTH) for word in row["prompt_words"])
    )
    if not is_whole:
        raise PromptsRefused(
            _("Dialogue %(number)s lacks its situation, its lines or its prompt words."),
            code="shape",
            params={"number": number},
        )
    spoken = " ".join(line["text"] for line in row["lines"])
    for word in row["prompt_words"]:
        if word not in spoken:
            raise PromptsRefused(
                _("Dialogue %(number)s: no line speaks the prompt word “%(word)s”."),
                code="words",
                params={"number": number, "word": word},
            )


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= most


def _is_list(value: Any, most: int) -> bool:
    return isinstance(value, list) and 0 < len(value) <= most


@transaction.atomic
def use_prompt_set(prompt_set: PromptSet, *, is_active: bool) -> None:
    """
    Take the set into use for new sessions, or out of use; running sessions keep theirs.

    Raise PromptsRefused(code="last") for the last set in use of the project. Locks the project.
    """
    Project.objects.select_for_update().get(pk=prompt_set.project_id)
    others = PromptSet.objects.filter(project=prompt_set.project_id, is_active=True).exclude(pk=prompt_set.pk)
    if not is_active and not others.exists():
        raise PromptsRefused(_("This is the last set in use. Take another one into use first."), code="last")
    prompt_set.is_active = is_active
    prompt_set.save(update_fields=["is_active"])


def choose_prompt_set(booking: Booking) -> PromptSet | None:
    """Return the set in use that the two people have recorded least often, the oldest first; None without any."""
    people = (booking.pair.person_a_id, booking.pair.person_b_id)
    theirs = Q(sessions__booking__pair__person_a__in=people) | Q(sessions__booking__pair__person_b__in=people)
    sets = PromptSet.objects.filter(project=booking.project_id, is_active=True)
    return sets.annotate(times=Count("sessions", filter=theirs)).order_by("times", "pk").first()


def mark_prompt_words(text: str, *, words: list[str]) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it is a prompt word: spoken word for word. Rule: R-29."""
    if not words:
        return [(text, False)]
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pieces = re.split(f"({pattern})", text)
    return [(piece, piece in words) for piece in pieces if piece]


def lines_of(dialogue: Dialogue, *, opener: str) -> list[dict[str, Any]]:
    """Return the lines with who speaks them and their prompt words marked; the speakers take turns. Rule: R-30."""
    speakers = "AB" if opener == "A" else "BA"
    return [
        {
            "speaker": speakers[index % 2],
            "voice": speakers[index % 2].lower(),
            "pieces": mark_prompt_words(line["text"], words=dialogue.prompt_words),
        }
        for index, line in enumerate(dialogue.lines)
    ]
