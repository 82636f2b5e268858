"""Samples at the desk: the list, and the same rows as a file."""

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest, Role, role_required
from recordings.duplicates import with_earlier_samples
from recordings.exports import MOST_SHEET_ROWS, log_export, stream_samples, write_workbook
from recordings.filter_forms import SampleFilterForm
from recordings.sample_lists import STILL_JUDGED, is_blind, select_samples, with_vote_count
from recordings.standing import badge_kind, list_figures

ROWS_ON_A_PAGE = 25
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@role_required(Role.MANAGER, Role.LEAD_REVIEWER)
@require_safe
def sample_list(request: PersonRequest) -> HttpResponse:
    """List the samples behind any figure; whoever judges samples sees votes and people of decided ones only."""
    form = SampleFilterForm(request.GET)
    wanted = form.wanted()
    samples = select_samples(wanted, viewer=request.user, now=timezone.now()).defer(
        "peaks", "regions", "voices"
    )
    samples = samples.prefetch_related(with_earlier_samples())
    page_obj = Paginator(with_vote_count(samples), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    blind = is_blind(request.user)
    rows = [
        {
            "sample": sample,
            "kind": badge_kind(sample.status),
            "is_open": blind and sample.status in STILL_JUDGED,
            "matches": [] if blind and sample.status in STILL_JUDGED else sample.matches.all(),
            **list_figures(sample),
        }
        for sample in page_obj.object_list
    ]
    query = request.GET.copy()
    query.pop("page", None)
    page = {
        "form": form,
        "page_obj": page_obj,
        "rows": rows,
        "query": query.urlencode(),
        "blind": blind,
        "leaves_out": blind and wanted.asks_for_votes,
    }
    return render(request, "recordings/sample_list.html", page)


@role_required(Role.MANAGER, Role.LEAD_REVIEWER)  # type: ignore[arg-type]  # a streamed answer
@require_POST
def sample_export(request: PersonRequest) -> FileResponse | StreamingHttpResponse:
    """Hand out the same rows as a CSV or XLSX file that no spreadsheet runs as formulas, and note to whom."""
    now = timezone.now()
    form = SampleFilterForm(request.GET)
    samples = select_samples(form.wanted(), viewer=request.user, now=now)
    count = samples.count()
    kind = "xlsx" if request.POST.get("as") == "xlsx" and count <= MOST_SHEET_ROWS else "csv"
    log_export(by=request.user, filters={**form.asked(), "as": kind}, rows=count, now=now)
    blind = is_blind(request.user)
    response: FileResponse | StreamingHttpResponse
    if kind == "xlsx":
        response = FileResponse(write_workbook(samples, is_blind=blind, now=now), content_type=XLSX)
    else:
        response = StreamingHttpResponse(
            stream_samples(samples, is_blind=blind, now=now), content_type="text/csv; charset=utf-8"
        )
    name = f"samples-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
