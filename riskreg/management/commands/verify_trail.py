"""`manage.py verify_trail`: verify the audit trail."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from riskreg import clock
from riskreg.management.explained_command import ExplainedCommand, NotStarted
from riskreg.models.seal import Verification
from riskreg.trail import runs
from riskreg.trail.anchors.checking import KeptCopy, read_kept_copy
from riskreg.trail.anchors.posting import NotStamped
from riskreg.trail.export import Difference, compare
from riskreg.trail.findings import record_names, state
from riskreg.trail.outcome import Outcome
from riskreg.trail.since import last_whole, since_of
from riskreg.trail.verification import verify


class Command(ExplainedCommand):
    help = gettext_lazy(  # type: ignore[assignment]
        "Recomputes the seals of the audit trail, compares every record with its history and every file with its hash, and names "
        "what does not match."
    )
    exit_codes = {
        0: gettext_lazy("the trail is intact, or nothing has been sealed yet"),
        1: gettext_lazy("trail, records, files, anchors, a known head or the export do not match; what differs is named"),
        2: gettext_lazy("the export or a copy of an anchor cannot be read, or the arguments are wrong"),
    }
    example = "verify_trail --head 17:9f3a… --export trail.jsonl"

    def add_arguments(self, parser: ArgumentParser) -> None:
        said = _("A hash printed in a report (17:9f3a…); may be repeated.")
        parser.add_argument("--head", action="append", default=[], help=said)
        parser.add_argument(
            "--no-files", action="store_true", help=_("Leave out the files (evidence, documents, reports, populations).")
        )
        said = _("A kept copy of an anchor file, or a time stamp (.tsr): each head in it must be in the chain. May be repeated.")
        parser.add_argument("--anchors", action="append", default=[], type=Path, metavar="FILE", help=said)
        said = _("A public key, as it was noted, that must have signed the lines of --anchors. May be repeated.")
        parser.add_argument("--anchor-key", action="append", default=[], metavar="KEY", help=said)
        said = _("Leave out what the last whole verification on the page Audit trail found to be right.")
        parser.add_argument("--since-last", action="store_true", help=said)
        parser.add_argument("--export", type=Path, help=_("An earlier export: what in it is no longer in the register is named."))

    def handle(self, *args: Any, **options: Any) -> None:
        copies = [_kept_copy(path, options["anchor_key"]) for path in options["anchors"]]
        heads = [*options["head"], *(head for copy in copies for head in copy.heads)]
        earlier = last_whole() if options.get("since_last") else None
        if options.get("since_last") and earlier is None:
            raise NotStarted(_("There is no whole verification to go on from: verify everything first."))
        begun = clock.now()
        outcome = verify(heads, with_files=not options["no_files"], since=since_of(earlier) if earlier else None)
        if not options["no_files"]:
            runs.store(outcome, heads[0][:90] if heads else "", begun, earlier)
        self.stdout.write(_summary(outcome))
        if earlier is not None:
            self.stdout.write(_left_out(outcome, earlier))
        for path, copy in zip(options["anchors"], copies, strict=True):
            self.stdout.write(_copy_in_words(path, copy))
            for statement in state(copy.findings, None):
                self.stdout.write(f"  {statement.label}: {statement.text}")
        for statement in state(outcome.findings, None):
            self.stdout.write(f"  {statement.label}: {statement.text}")
        if outcome.found > len(outcome.findings):
            self.stdout.write("  " + _("… and %(count)d more.") % {"count": outcome.found - len(outcome.findings)})
        difference = compare(_lines_of(options["export"])) if options["export"] else None
        if difference is not None:
            self.stdout.write("  " + _difference_in_words(difference))
        if outcome.found or difference is not None or any(copy.findings for copy in copies):
            raise CommandError(_("The register is not as it was written and sealed."))
        if outcome.head is None:
            self.stdout.write(_("Nothing is sealed yet, so nothing is shown of what was written before tonight."))
            return
        self.stdout.write(self.style.SUCCESS(_("The trail is intact.")))


def _left_out(outcome: Outcome, earlier: Verification) -> str:
    said = _(
        "Since the verification of %(when)s: %(rows)d sealed rows and %(files)d files that were verified then were not looked at "
        "again. Only a verification of everything finds what was changed in them since."
    )
    when = formats.date_format(timezone.localtime(earlier.asked_at), "DATETIME_FORMAT")
    return said % {"when": when, "rows": outcome.rows_left, "files": outcome.files_left}


def _kept_copy(path: Path, keys: Iterable[str]) -> KeptCopy:
    try:
        return read_kept_copy(path, [key.strip().lower() for key in keys])
    except OSError as problem:
        raise NotStarted(_("%(file)s cannot be read: %(problem)s") % {"file": path, "problem": problem.strerror}) from None
    except NotStamped as problem:
        raise NotStarted(_("%(file)s is no copy of an anchor: %(problem)s") % {"file": path, "problem": problem}) from None


def _copy_in_words(path: Path, copy: KeptCopy) -> str:
    if copy.stamped_at:
        said = (
            _("%(file)s: stamped %(when)s.")
            if copy.is_signature_checked
            else _("%(file)s: stamped %(when)s. Its signature was not checked: set TRAIL_ANCHOR_CA to the service's certificate.")
        )
        return said % {"file": path, "when": copy.stamped_at}
    lines = ngettext("%(count)d anchored head", "%(count)d anchored heads", len(copy.heads)) % {"count": len(copy.heads)}
    return _("%(file)s: %(lines)s, signed by %(keys)s.") % {"file": path, "lines": lines, "keys": ", ".join(copy.keys)}


def _summary(outcome: Outcome) -> str:
    seals = ngettext("%(count)d seal", "%(count)d seals", outcome.seals) % {"count": outcome.seals}
    rows = ngettext("%(count)d sealed row", "%(count)d sealed rows", outcome.checked) % {"count": outcome.checked}
    compared = ngettext(
        "%(count)d record compared with its history", "%(count)d records compared with their history", outcome.compared
    ) % {"count": outcome.compared}
    files = ngettext("%(count)d file", "%(count)d files", outcome.files) % {"count": outcome.files}
    said = _(
        "Checked: %(seals)s, %(rows)s (%(weeded)d weeded, %(unsealed)d not yet sealed), %(compared)s, %(files)s. Head: %(head)s"
    )
    return said % {
        "compared": compared,
        "files": files,
        "seals": seals,
        "rows": rows,
        "weeded": outcome.weeded,
        "unsealed": outcome.unsealed,
        "head": outcome.head or "–",
    }


def _difference_in_words(found: Difference) -> str:
    if found.kind == "seal":
        return _("Seal %(seal)s is not the one in the export.") % {"seal": found.seal}
    name = record_names(found.model, {found.record}, None).get(found.record, "–")
    said = {"table": found.model, "row": found.history_id, "name": name}
    if found.kind == "entry":
        return _("%(table)s, history row %(row)s (%(name)s), has been sealed again since the export.") % said
    return _("%(table)s, history row %(row)s (%(name)s), is not what it was in the export.") % said


def _lines_of(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, text in enumerate(file, 1):
                try:
                    line = json.loads(text)
                except ValueError:
                    line = None
                if not isinstance(line, dict) or "kind" not in line:
                    raise NotStarted(_("%(file)s, line %(line)d, is not a line of an export.") % {"file": path, "line": number})
                yield line
    except OSError as problem:
        raise NotStarted(_("%(file)s cannot be read: %(problem)s") % {"file": path, "problem": problem.strerror}) from None
