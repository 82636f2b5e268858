"""Samples as a file: what the cells hold, what the one verdict function says of them, and how they are made."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from openpyxl import load_workbook

from recordings import reviews
from recordings.exports import CHUNK, stream_samples
from recordings.models import Review, Sample, SampleExport
from recordings.queue import hold_place
from recordings.verdicts import Ruling, rule_on
from scheduling.models import Project
from tests.factories import NOW, make_person
from tests.recordings.makers import hear, make_sample, vote
from tests.recordings.test_sample_lists import PAST, judged

EXPORT = reverse("recordings:sample_export")


def read(lines) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines).removeprefix("\ufeff"), newline="")))


def export(client, **chosen) -> list[dict[str, str]]:
    response = client.post(EXPORT, query_params=chosen, headers={"Accept-Language": "en"})
    return read(part.decode() for part in response.streaming_content)


def test_export_holds_figures_votes_and_verdict(client_for, mara, clock, project, lin, rui, tao, yan, lead):
    clock.move_to(PAST)
    sample = judged(
        lin, project, (rui, "approve"), (tao, "reject"), (yan, "reject"), lead=lead, marks=["quiet", "loud"]
    )

    assert export(client_for(mara)) == [
        {
            "Sample": sample.key,
            "Participant": lin.pseudonym,
            "Project": "普通话对话",
            "State": "rejected",
            "Sent": "2026-03-02 10:00:00",
            "Measured": "2026-03-02 10:00:00",
            "Length (s)": "150.0",
            "Sample rate (Hz)": "48000",
            "Channels": "1",
            "Codec": "aac",
            "Loudness (LUFS)": "-21.4",
            "Peak (dBFS)": "-3.2",
            "Clipped share": "0.000000",
            "Speech share": "0.820",
            "Marks": "quiet loud",
            "Refused because": "",
            "Approvals": "1",
            "Rejections": "2",
            "Unsure": "0",
            "Reasons of the votes": "noise",
            "What the votes come to": "cross_review",
            "Cross review": "confirm",
            "Reasons of the cross review": "noise",
            "Cross review at": "2026-03-02 10:05:00",
            "Decided at": "2026-03-02 10:05:00",
        }
    ]


def test_export_says_what_the_one_verdict_function_says(
    client_for, mara, clock, project, rui, tao, yan, lead
):
    clock.move_to(PAST)
    ways = ("", "approve", "approve approve", "reject reject", "approve reject unsure", "unsure unsure")
    samples = {
        judged(make_person(way), project, *zip((rui, tao, yan), way.split(), strict=False)).key: way.split()
        for way in ways
    }
    overturned = Sample.objects.get(key=next(key for key, way in samples.items() if way == ["reject"] * 2))
    hear(overturned, by=lead, now=PAST - timedelta(minutes=3))
    reviews.cross_review(
        overturned, lead=lead, verdict="overturn", reasons=[], explanation="Good talk.", now=PAST
    )

    rows = {row["Sample"]: row for row in export(client_for(mara))}

    for key, way in samples.items():
        assert rows[key]["What the votes come to"] == rule_on(way, project=project)
    state = rows[overturned.key]
    assert (state["State"], state["What the votes come to"], state["Cross review"]) == (
        "approved",
        Ruling.CROSS_REVIEW,
        "overturn",
    )


def test_export_leaves_out_votes_that_do_not_stand(client_for, mara, clock, project, lin, rui, tao):
    sample = make_sample(lin, project=project)
    reviews.undo_vote(vote(sample, by=rui, verdict="approve", now=NOW), by=rui, now=NOW)
    clock.move_to(NOW + timedelta(seconds=60))
    hold_place(sample, reviewer=tao, now=NOW)
    hear(sample, by=tao, now=NOW - timedelta(minutes=3))
    reviews.cast_vote(
        sample, reviewer=tao, verdict="approve", reasons=[], note="", now=clock() - timedelta(seconds=7)
    )

    (before,) = export(client_for(mara))
    clock.advance(seconds=1)
    (after,) = export(client_for(mara))

    assert (before["Approvals"], after["Approvals"]) == ("0", "1")


def test_export_holds_no_name_phone_or_formula(client_for, mara, clock, lin):
    project = Project.objects.create(name='=HYPERLINK("http://x")', slug="bad")
    make_sample(lin, project=project, codec="@SUM(A1)")

    response = client_for(mara).post(EXPORT)
    content = b"".join(response.streaming_content).decode()

    (row,) = csv.reader(content.removeprefix("\ufeff").splitlines()[1:])
    assert (row[2], row[9]) == ('\'=HYPERLINK("http://x")', "'@SUM(A1)")
    assert content.startswith("\ufeff")
    assert content.count("\r\n") == 2
    for secret in ("林小雨", lin.phone, str(lin.phone)[-4:] + ","):
        assert secret not in content
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"] == 'attachment; filename="samples-20260302-1000.csv"'


def test_export_for_leads_tells_nothing_of_open_samples(client_for, lead, clock, project, lin, mei, rui, tao):
    clock.move_to(PAST)
    done = judged(lin, project, (rui, "approve"), (tao, "approve"))
    still = judged(mei, project, (rui, "approve"))

    rows = {row["Sample"]: row for row in export(client_for(lead))}

    hidden = rows[still.key]
    assert hidden["Participant"] == hidden["Approvals"] == hidden["What the votes come to"] == ""
    assert (rows[done.key]["Participant"], rows[done.key]["Approvals"]) == (lin.pseudonym, "2")


def test_export_speaks_chinese(client_for, mara, clock, lin, project):
    make_sample(lin, project=project)

    response = client_for(mara).post(EXPORT, headers={"Accept-Language": "zh-hans"})

    assert b"".join(response.streaming_content).decode().startswith("\ufeff试音,参与者,项目,")


def test_export_reads_as_it_goes(project, django_assert_num_queries, lin, mei, stranger):
    """Nothing is read before the first line is taken, and a chunk costs two queries whatever it holds."""
    for person in (lin, mei, stranger):
        make_sample(person, project=project)
    samples = Sample.objects.select_related("person", "project").order_by("pk")

    with django_assert_num_queries(0):
        lines = stream_samples(samples, is_blind=False, now=NOW)
        assert isinstance(lines, Iterator)
        next(lines)
    with django_assert_num_queries(2):
        assert len(list(lines)) == 3
    assert CHUNK >= 3


def test_export_counts_no_vote_on_a_gold_sample(client_for, mara, clock, project, lin, rui, tao, yan):
    clock.move_to(PAST)
    sample = judged(lin, project, (rui, "approve"), (tao, "approve"))
    Review.objects.create(
        sample=sample,
        reviewer=yan,
        verdict="unsure",
        heard_ms=9_000,
        voted_at=NOW,
        stands_at=NOW,
        is_gold=True,
    )

    (row,) = export(client_for(mara))

    assert (row["Approvals"], row["Unsure"], row["What the votes come to"]) == ("2", "0", "approved")


def test_workbook_holds_the_same_rows_with_numbers(client_for, mara, clock, lin, mei, rui):
    project = Project.objects.create(name="=1+1\x07", slug="bad")
    make_sample(lin, project=project)
    measuring = make_sample(mei, project=project, status="measuring", duration_ms=None)
    client = client_for(mara)

    response = client.post(EXPORT, {"as": "xlsx"}, headers={"Accept-Language": "en"})

    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    header, first, second = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert header == list(export(client)[0])
    assert first[0] == measuring.key
    assert (first[6], second[6], second[10], second[16]) == (None, 150, -21.4, 0)
    assert second[2] == "'=1+1"
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert response.headers["Content-Disposition"] == 'attachment; filename="samples-20260302-1000.xlsx"'
    assert SampleExport.objects.order_by("pk").first().filters == {"as": "xlsx"}


def test_workbook_for_leads_tells_nothing_of_open_samples(client_for, lead, clock, project, lin, rui):
    clock.move_to(PAST)
    judged(lin, project, (rui, "approve"))

    response = client_for(lead).post(EXPORT, {"as": "xlsx"})

    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    _header, row = [[cell.value for cell in cells] for cells in sheet.iter_rows()]
    assert (row[1], row[16], row[20]) == (None, None, None)
