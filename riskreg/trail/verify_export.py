"""Verify an exported audit trail with nothing but Python itself.

Run as: python verify_export.py export.jsonl [--head 17:9f3a…] [--anchors kept.jsonl]
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable
from typing import Any


class Mismatch(Exception):
    """The first thing that does not match."""


def canonical(value: Any) -> str:
    """Return the value as JSON by RFC 8785."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def anchored(lines: Iterable[bytes]) -> list[str]:
    """Return the heads in a kept copy of an anchor file, in order.

    Raises Mismatch for a line that does not follow from the one before. Signatures take more than Python has: see
    docs/trail-anchors.md.
    """
    heads, previous = [], "0" * 64
    for number, raw in enumerate(lines, 1):
        try:
            line = json.loads(raw)
        except ValueError:
            line = {}  # the remainder of a write that was cut off; the next line holds its hash
        if "head" in line:
            heads.append(line["head"])
            if line["previous"] != previous:
                raise Mismatch(f"line {number} of the anchors does not follow from the line before it")
        previous = hashlib.sha256(raw.removesuffix(b"\n")).hexdigest()
    return heads


def verify(lines: Iterable[str], head: str = "", anchors: Iterable[str] = ()) -> dict[str, int]:
    """Return the number of seals and of rows by state.

    Raises Mismatch, naming the first line that is not as it was sealed. `anchors` are heads that must be in the chain, but
    those of seals made after the export.
    """
    counts = {"seals": 0, "shown": 0, "withheld": 0, "weeded": 0}
    previous = link = "0" * 64
    weeded, buried, heads = {}, set(), set()
    checksum, scope, kind = hashlib.sha256(), "", ""
    for number, text in enumerate(lines, 1):
        line = json.loads(text)
        kind, where = line.get("kind"), f"line {number}: {line.get('model', 'seal')} {line.get('id', counts['seals'] + 1)}"
        if text != canonical(line) + "\n" or (kind == "export") != (number == 1):
            raise Mismatch(f"{where} is not written as an export writes it")
        if kind == "export":
            scope = line["scope"]
        elif kind == "row":
            state = line["state"]
            if state not in counts or (state == "withheld" and scope == "all"):
                raise Mismatch(f"{where} is {state}")
            if state == "shown" and digest(line["salt"] + canonical([line["model"], line["id"], line["values"]])) != line["hash"]:
                raise Mismatch(f"{where} has been changed since it was sealed")
            if state == "weeded":
                weeded[line["model"], line["id"], line["hash"]] = where
            elif line["model"] == "riskreg.tombstone" and state == "shown":
                stone = line["values"]
                buried.add((stone["model"][1], int(stone["history_id"][1]), stone["sealed_hash"][1]))
            link = digest(canonical([link, line["model"], line["id"], line["record"], line["hash"]]))
            counts[state] += 1
        elif kind == "seal":
            states, counts["seals"] = line["states"], counts["seals"] + 1
            if (states["seq"], states["previous"], states["root"]) != (counts["seals"], previous, link):
                raise Mismatch(f"{where} does not follow from the rows and the seal before it")
            if digest(canonical(states)) != line["hash"]:
                raise Mismatch(f"{where} has been changed")
            previous = link = line["hash"]
            heads |= {previous, f"{states['seq']}:{previous}"}
        elif (kind, line.get("lines"), line.get("sha256")) != ("end", number - 1, checksum.hexdigest()):
            raise Mismatch(f"line {number} does not end the file as it was written")
        checksum.update(text.encode("utf-8"))
    if kind != "end" or link != previous:
        raise Mismatch("the file is cut short")
    for row, where in weeded.items():
        if row not in buried:
            raise Mismatch(f"{where} is said to be weeded, and no tombstone says so")
    if head and head.strip().lower() not in heads:
        raise Mismatch(f"no seal has the hash {head}: the seals have been made again or removed since it was noted")
    for one in anchors:
        if int(one.partition(":")[0]) <= counts["seals"] and one not in heads:
            raise Mismatch(f"no seal has the anchored hash {one}: the seals have been made again since")
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Verifies an exported audit trail.")
    parser.add_argument("export")
    parser.add_argument("--head", default="", help="a hash printed in a report, which must be in the chain")
    parser.add_argument("--anchors", default="", help="a kept copy of an anchor file, whose heads must be in the chain")
    arguments = parser.parse_args()
    try:
        kept: list[str] = []
        if arguments.anchors:
            with open(arguments.anchors, "rb") as copy:
                kept = anchored(copy)
        with open(arguments.export, encoding="utf-8", newline="\n") as file:
            found = verify(file, arguments.head, kept)
    except (Mismatch, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise SystemExit(f"DOES NOT MATCH: {problem}") from None
    sys.stdout.write("Intact: " + ", ".join(f"{count} {name}" for name, count in found.items()))
    sys.stdout.write(f", {len(kept)} anchored heads\n" if kept else "\n")
