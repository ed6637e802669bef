"""Verifies a plain random sample with nothing but Python: python3 verify_random_sample.py record.json population.csv"""
import csv, hashlib, heapq, json, sys
sha = lambda *lines: hashlib.sha256("\n".join(lines).encode()).hexdigest()
record_path, csv_path = sys.argv[1:3] if sys.argv[2:] else sys.exit(__doc__)
record = json.load(open(record_path, encoding="utf-8"))
head, items, of, size = record["head"], record["items"], record["head"]["population"], record["head"]["size"]
if head["method"] != "random" or head["design"].get("whole_from") or not all(item["salt"] for item in items):
    sys.exit("NOT VERIFIED: not a plain random sample, or its keys were weeded. Use the complete script, verify_sample.py.")
keys = ("|".join(row[c] for c in of["key_columns"]) for row in csv.DictReader(open(csv_path, encoding="utf-8", newline="")))
drawn = heapq.nsmallest(len(items), ((sha(head["seed"], key), key) for key in keys))
said = {"head": head, "items": [[item["number"], item["kind"], item["leaf"]] for item in items]}
verdicts = {
    "population": hashlib.sha256(open(csv_path, "rb").read()).hexdigest() == of["sha256"],
    "lock before seed": of["locked_at"] < head["seed_set_at"],
    "record": sha(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))) == record["sha256"]
    and all(sha(item["salt"], item["ticket"], item["key"]) == item["leaf"] for item in items),
    "draw": [(i["ticket"], i["key"]) for i in items] == drawn and sum(i["kind"] == "drawn" for i in items[:size]) == size,
}
print("\n".join(f"{'right' if is_right else 'WRONG'}: {what}" for what, is_right in verdicts.items()))
sys.exit(not all(verdicts.values()))
