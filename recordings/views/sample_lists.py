"""Samples at the desk: the list, and the same rows as a file."""

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PersonRequest, Role, role_required
from recordings.duplicates import with_earlier_samples
from recordings.exports import log_export, stream_samples
from recordings.filter_forms import SampleFilterForm
from recordings.sample_lists import STILL_JUDGED, is_blind, select_samples, with_vote_count
from recordings.standing import badge_kind, list_figures

ROWS_ON_A_PAGE = 25


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
@require_safe
def sample_export(request: PersonRequest) -> StreamingHttpResponse:
    """Hand out the same rows as a CSV file that no spreadsheet runs as formulas, and note to whom."""
    now = timezone.now()
    form = SampleFilterForm(request.GET)
    samples = select_samples(form.wanted(), viewer=request.user, now=now)
    log_export(by=request.user, filters=form.asked(), rows=samples.count(), now=now)
    lines = stream_samples(samples, is_blind=is_blind(request.user), now=now)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="samples-{timezone.localtime(now):%Y%m%d-%H%M}.csv"'
    )
    response["Cache-Control"] = "no-store"
    return response
