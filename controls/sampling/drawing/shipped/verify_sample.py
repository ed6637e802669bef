"""Verifies a sample with nothing but Python: python3 verify_sample.py record.json [population.csv]   (docs/sampling.md)"""

import csv
import hashlib
import io
import json
import sys
from fractions import Fraction


def sha(*parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


record = json.load(open(sys.argv[1], encoding="utf-8"))
head, items, seed, of = record["head"], record["items"], record["head"]["seed"], record["head"]["population"]
said = {"head": head, "items": [[i["number"], i["kind"], i["leaf"]] for i in items]}
kept = [i for i in items if i["salt"]]
sizes = {"": of["rows"] if head["method"] == "census" else head["size"]}
if head["method"] == "stratified":
    sizes = head["design"]["strata"]
verdicts = {
    "record": sha(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))) == record["sha256"],
    "lock before seed": of["locked_at"] < head["seed_set_at"],
    f"keys and tickets ({len(kept)} of {len(items)} kept)": all(
        sha(seed, i["key"]) == i["ticket"] and sha(i["salt"], i["ticket"], i["key"]) == i["leaf"] for i in kept
    ),
    "size": head["method"] == "monetary" or [i["kind"] for i in items].count("drawn") == sum(sizes.values()),
}
if sys.argv[2:]:
    data = open(sys.argv[2], "rb").read()
    columns, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    at = {name: columns.index(name) for name in columns}
    key = {"|".join(row[at[name]] for name in of["key_columns"]): row for row in rows}
    group = {k: row[at[of["stratum_column"]]] if head["method"] == "stratified" else "" for k, row in key.items()}
    amount = {k: Fraction(row[at[of["amount_column"]]]) if of["amount_column"] else 1 for k, row in key.items()}
    order = sorted(key, key=lambda k: (sha(seed, k), k))
    limit, drawn, total = head["design"].get("whole_from"), [], Fraction(0)
    if head["method"] == "monetary":
        limit = head["design"].get("interval") or Fraction(sum(a for a in amount.values() if a > 0)) / head["size"]
    groups = {}
    for i in items:
        if i["kind"] != "whole":
            groups.setdefault(i["stratum"] if head["method"] == "stratified" else "", []).append(i)
    whole = {k for k in order if limit and amount[k] >= Fraction(limit) and group[k] in {*groups, *sizes}}
    rest = [k for k in order if k not in whole and (head["method"] != "monetary" or amount[k] > 0)]
    if head["method"] == "monetary":
        point = Fraction(limit) * (int(sha(seed, ""), 16) + 1) / 2**256
        for k in rest:
            total += amount[k]
            drawn, point = (drawn + [k], point + Fraction(limit)) if total >= point else (drawn, point)
        is_drawn = drawn == [i["key"] for i in items if i["kind"] != "whole"]
    else:
        # The items of a group are its smallest tickets in order, the drawn before the others, as many as were planned.
        kinds = {g: [i["kind"] == "drawn" for i in of_group] for g, of_group in groups.items()}
        is_drawn = sorted(sum(kinds[g]) for g in kinds) == sorted(size for size in sizes.values() if size) and all(
            [i["key"] for i in of_group] == [k for k in rest if group[k] == g][: len(of_group)]
            and kinds[g] == sorted(kinds[g], reverse=True)
            for g, of_group in groups.items()
        )
    verdicts["population"] = hashlib.sha256(data).hexdigest() == of["sha256"] and len(key) == of["rows"]
    verdicts["draw"] = is_drawn and whole == {i["key"] for i in items if i["kind"] == "whole"}
print("\n".join(f"{'right' if is_right else 'WRONG'}: {what}" for what, is_right in verdicts.items()))
sys.exit(not all(verdicts.values()))
