"""Prompt sets: loaded, chosen, shown."""

import json

import pytest

from recordings.models import PromptSet
from recordings.prompts import (
    DEMO_FILE,
    PromptsRefused,
    check_prompts,
    lines_of,
    load_demo_prompts,
    load_prompt_set,
    mark_prompt_words,
    use_prompt_set,
)
from tests.factories import make_project


def make_content(**changes) -> dict:
    dialogue = {"situation": "问路", "prompt_words": ["往左拐"], "lines": [{"text": "前面往左拐就到了。"}]}
    return {"name": "一", "topics": ["家乡"], "dialogues": [dialogue]} | changes


def make_dialogue(**changes) -> dict:
    return make_content()["dialogues"][0] | changes


def test_demo_set_has_the_topics_and_dialogues_of_a_session():
    content = check_prompts(json.loads(DEMO_FILE.read_text(encoding="utf-8")))
    assert (len(content["topics"]), len(content["dialogues"])) == (12, 60)
    assert len({row["situation"] for row in content["dialogues"]}) == 60
    assert {len(row["lines"]) for row in content["dialogues"]} == {3, 4}


def test_demo_set_is_loaded_once(db):
    project = make_project()
    first, second = load_demo_prompts(project), load_demo_prompts(project)
    assert first == second
    assert list(first.dialogues.values_list("number", flat=True)) == list(range(1, 61))


def test_prompt_set_keeps_what_it_was_given(db):
    prompt_set = load_prompt_set(make_project(), content=make_content())
    dialogue = prompt_set.dialogues.get()
    assert (prompt_set.name, prompt_set.topics, prompt_set.is_active) == ("一", ["家乡"], True)
    assert (dialogue.number, dialogue.situation, dialogue.prompt_words) == (1, "问路", ["往左拐"])
    assert dialogue.lines == [{"text": "前面往左拐就到了。"}]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        make_content(name=""),
        make_content(name="长" * 81),
        make_content(topics=[]),
        make_content(topics=["长" * 121]),
        make_content(topics=[7]),
        make_content(dialogues={}),
        make_content(dialogues=["问路"]),
        make_content(dialogues=[make_dialogue(situation="")]),
        make_content(dialogues=[make_dialogue(lines=[])]),
        make_content(dialogues=[make_dialogue(lines=["前面往左拐"])]),
        make_content(dialogues=[make_dialogue(lines=[{"text": "字" * 501}])]),
        make_content(dialogues=[make_dialogue(prompt_words=[])]),
        make_content(dialogues=[make_dialogue(prompt_words="往左拐")]),
    ],
)
def test_prompts_of_a_wrong_shape_are_refused(content):
    with pytest.raises(PromptsRefused) as refusal:
        check_prompts(content)
    assert refusal.value.code == "shape"


def test_prompt_word_that_no_line_speaks_is_refused():
    """Rule: R-29."""
    with pytest.raises(PromptsRefused) as refusal:
        check_prompts(make_content(dialogues=[make_dialogue(prompt_words=["往右拐"])]))
    assert refusal.value.code == "words"


def test_name_is_used_once_in_a_project(db):
    project = make_project()
    load_prompt_set(project, content=make_content())
    with pytest.raises(PromptsRefused) as refusal:
        load_prompt_set(project, content=make_content())
    assert refusal.value.code == "name"
    assert PromptSet.objects.count() == 1


def test_last_set_in_use_stays_in_use(db):
    project = make_project()
    first = load_prompt_set(project, content=make_content())
    with pytest.raises(PromptsRefused) as refusal:
        use_prompt_set(first, is_active=False)
    assert refusal.value.code == "last"
    load_prompt_set(project, content=make_content(name="二"))
    use_prompt_set(first, is_active=False)
    assert list(PromptSet.objects.filter(is_active=True).values_list("name", flat=True)) == ["二"]


def test_prompt_words_are_marked_where_they_stand():
    assert mark_prompt_words("我没带伞，你也没带伞？", words=["没带伞", "带伞"]) == [
        ("我", False),
        ("没带伞", True),
        ("，你也", False),
        ("没带伞", True),
        ("？", False),
    ]
    assert mark_prompt_words("好。", words=[]) == [("好。", False)]


def test_lines_are_spoken_in_turns_from_the_opener_on(db):
    """Rule: R-30."""
    content = make_content(
        dialogues=[make_dialogue(lines=[{"text": "往左拐"}, {"text": "谢谢"}, {"text": "不谢"}])]
    )
    dialogue = load_prompt_set(make_project(), content=content).dialogues.get()
    assert [line["speaker"] for line in lines_of(dialogue, opener="A")] == ["A", "B", "A"]
    assert [line["speaker"] for line in lines_of(dialogue, opener="B")] == ["B", "A", "B"]
    assert lines_of(dialogue, opener="A")[0]["pieces"] == [("往左拐", True)]
