"""A unit's own Word template: uploaded, checked, stored by version; the nearest one applies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import Max
from django.utils.translation import gettext as _

from controls.evidence.files import no_file_left_behind
from controls.models import ReportTemplate
from controls.reporting.writers.word.confined_template import check_confined
from controls.reporting.writers.word.frame import LARGEST
from controls.reporting.writers.word.template_words import TemplateFault
from controls.transitions import REPORT_TEMPLATE
from riskreg import clock
from riskreg.access.grants import require
from riskreg.access.verbs import Verb
from riskreg.models import Unit, User
from riskreg.models.history import save_with_history
from riskreg.trail.files import stated
from riskreg.verbs.gate import Gated, making
from riskreg.web.accepted_files import CheckedFile, check_kind, measure_file

_in_order: set[str] = set()
"""The hashes of stored templates that this process has checked."""
VERB_LABELS: dict[str, Callable[[], str]] = {
    "take_into_use": lambda: _("Taken into use"),
    "take_out_of_use": lambda: _("Taken out of use"),
}
TEMPLATES: Gated[ReportTemplate] = Gated(
    workflow=REPORT_TEMPLATE,
    labels=VERB_LABELS,
    rows=lambda: ReportTemplate.objects.select_related("unit"),
    unit=lambda template: template.unit,
    state=lambda template: "in_use" if template.is_active else "out_of_use",
)


def template_for(unit: Unit) -> bytes | None:
    """Return the template of the unit's reports; None for the product's own.

    It is hashed each time, since the file could have been replaced where it is stored, and checked again once in each process:
    the rules may have become stricter since it was uploaded. Raises TemplateFault, naming it.
    """
    found = ReportTemplate.objects.applying_to(unit).first()
    if found is None:
        return None
    try:
        with found.file.open("rb") as stored_file:
            content = bytes(stored_file.read(LARGEST + 1))
        digest = hashlib.sha256(content).hexdigest()
        if digest != stated(found, "sha256"):
            raise TemplateFault(_("The file is not the one that was uploaded."))
        if digest not in _in_order:
            check_confined(content)
            _in_order.add(digest)
    except (TemplateFault, OSError) as fault:
        said = str(fault) if isinstance(fault, TemplateFault) else _("The file is not there.")
        raise TemplateFault(
            _(
                "The Word template %(template)s of %(unit)s is not used: %(fault)s An administrator can take it out of use, or "
                "upload another."
            )
            % {"template": found, "unit": found.unit, "fault": said}
        ) from None
    return content


def check_upload(upload: File[Any]) -> CheckedFile:
    """Check the upload, once. Raises ValidationError for `file`, naming the tag and the place."""
    known: CheckedFile | ValidationError | None = getattr(upload, "checked_template", None)
    if known is None:
        known = _look_at(upload)
        upload.checked_template = known  # type: ignore[attr-defined]
    if isinstance(known, ValidationError):
        raise known
    return known


def _look_at(upload: File[Any]) -> CheckedFile | ValidationError:
    try:
        found = measure_file(upload, largest=LARGEST)
        check_confined(upload.read())
        check_kind(found, (".docx",))
    except TemplateFault as fault:
        return ValidationError({"file": str(fault)})
    except ValidationError as refusal:
        return ValidationError({"file": refusal})
    return found


def upload_template(unit: Unit, upload: File[Any], *, by: User, note: str = "") -> ReportTemplate:
    """Save a new version of the unit's template. Raises NotPermitted, ValidationError."""
    require(by, Verb.ADMINISTER, unit)
    found = check_upload(upload)
    template = ReportTemplate(
        unit=unit, name=found.name, note=note.strip(), sha256=found.sha256, uploaded_by=by, uploaded_at=clock.now()
    )
    with no_file_left_behind(template), making(Verb.ADMINISTER, unit, by=by, one_at_a_time=True) as author:
        last = ReportTemplate.objects.filter(unit=unit).aggregate(last=Max("version"))["last"]
        template.version = (last or 0) + 1
        template.file.save(template.name, upload, save=False)
        return save_with_history(template, by=author, reason=note.strip() or _("Template uploaded"))


def set_in_use(template: ReportTemplate, in_use: bool, *, by: User) -> ReportTemplate:
    """Take a version out of use, or back into use. The file stays."""
    with TEMPLATES.open(template, "take_into_use" if in_use else "take_out_of_use", by=by) as turn:
        if turn.row.is_active == in_use:
            return turn.row
        turn.row.is_active = in_use
        return turn.save()
