"""What is said in the scripted part."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from scheduling.models import Project


class PromptSet(models.Model):
    """The topics and dialogues of a project; a session uses one set."""

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="prompt_sets", verbose_name=_("project")
    )
    name = models.CharField(_("name"), max_length=80)
    topics = models.JSONField(
        _("topics for the free conversation"), default=list, help_text=_("A list of short texts.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("prompt set")
        verbose_name_plural = _("prompt sets")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_prompt_set_name_per_project")
        ]

    def __str__(self) -> str:
        return self.name


class Dialogue(models.Model):
    """
    One scripted dialogue: a situation, the lines, and the words that are spoken word for word. Rules: R-27, R-29.

    `lines` is a list of {"text": str}; who speaks which line follows from the opener (R-30).
    """

    prompt_set = models.ForeignKey(
        PromptSet, on_delete=models.CASCADE, related_name="dialogues", verbose_name=_("prompt set")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    situation = models.CharField(_("situation"), max_length=200)
    prompt_words = models.JSONField(_("prompt words"), default=list)
    lines = models.JSONField(_("lines"), default=list)

    class Meta:
        verbose_name = _("dialogue")
        verbose_name_plural = _("dialogues")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["prompt_set", "number"], name="one_dialogue_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.situation}"
