"""The work file of a sample: download and reading back."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from controls.models import SampleItem
from controls.sampling.samples import outcomes, work_file
from controls.sampling.samples.work_file_back import EXTENSIONS, NotTaken, read_back
from controls.views.sampling.seen import crumbs_below, seen_sample
from riskreg.access.verbs import Verb
from riskreg.importing.unreadable import UnreadableFile
from riskreg.models import User
from riskreg.web.asking import REFUSALS, add_refusal
from riskreg.web.downloads import attachment
from riskreg.web.file_names import download_stem

SHOWN = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorkFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Work file"),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{one}" for one in EXTENSIONS)}),
        help_text=gettext_lazy("The workbook downloaded from here, with outcomes filled in (xlsx, ods or csv)."),
    )


@require_safe
def sample_workfile(request: HttpRequest, pk: int) -> HttpResponse:
    """Serve the sample as a workbook to work in."""
    sample = seen_sample(cast(User, request.user), pk, right=Verb.READ_POPULATION)
    items = list(SampleItem.objects.filter(sample=sample).in_sample().order_by("position"))
    name = download_stem(sample.population.name, otherwise="sample")
    return attachment(work_file.write_workbook(sample, items), XLSX, f"{name}-{sample.pk}.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
def sample_workfile_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Read outcomes back from the work file: all of them, or none and why."""
    user = cast(User, request.user)
    sample = seen_sample(user, pk, right=Verb.READ_POPULATION)
    outcomes.require_logging(sample, by=user) if request.method == "POST" else None
    form = WorkFileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {
        "title": _("Read the work file back"),
        "crumbs": [*crumbs_below(sample), (_("Items"), reverse("sample_items", args=[sample.pk]))],
        "sample": sample,
        "form": form,
        "may_log": outcomes.may_log(sample, user),
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            done = read_back(sample, by=user, file=upload, filename=upload.name)
        except UnreadableFile as unreadable:
            form.add_error("file", str(unreadable))
        except REFUSALS as refusal:
            status = add_refusal(form, refusal)
        except NotTaken as refused:
            context["wrongs"] = refused.wrongs[:SHOWN]
            context["wrong_count"] = len(refused.wrongs)
        else:
            words = ngettext("%(count)d outcome was read back.", "%(count)d outcomes were read back.", done.saved)
            said = [words % {"count": done.saved}]
            if done.unchanged:
                words = ngettext("%(count)d was the same already.", "%(count)d were the same already.", done.unchanged)
                said.append(words % {"count": done.unchanged})
            if done.left:
                words = ngettext("%(count)d row has no outcome yet.", "%(count)d rows have no outcome yet.", done.left)
                said.append(words % {"count": done.left})
            messages.success(request, " ".join(said))
            return redirect("sample_items", sample.pk)
    return TemplateResponse(request, "controls/sample/workfile.html", context, status=status)
