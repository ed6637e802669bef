"""Rules on snapshots as real files become: the columns they read are those that reading gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from controls.monitoring.rules import RULES
from controls.monitoring.rules.trying import Trial
from tests.monitoring.conftest import Take
from tests.monitoring.test_snapshots import BULK

HEADINGS = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;belopp;datum;forvaltning;fakturanummer"
)
LINES = (
    ("V1", "Gården AB", "556036-0793", "1 000,50", "2025-06-18", "F-0012"),
    ("V1", "Gården AB", "556036-0793", "200", "2025-06-18", "F-0012"),
    ("V2", "Gården AB", "556036-0793", "1200,50", "2025-07-02", "F 0012"),
    ("V3", "Boden", "4711", "3000", "2025-06-18", "77"),
    ("V4", "Boden", "4711", "3000", "2025-06-25", "77"),
    ("V5", "Boden", "4711", "-3000", "2025-07-02", "79"),
    ("V6", "[innehåller personuppgifter]", "", "3000", "2025-06-18", "-"),
)


def test_a_ledger_by_the_national_specification(take: Take) -> None:
    rows = [f"2120001397;Lillköping;{v};{name};{no};5010;Hyra;{kr};{day};Bygg;{bill}" for v, name, no, kr, day, bill in LINES]
    taken = take("\n".join([HEADINGS, *rows]), name="leverantorsreskontra.csv")
    trial = Trial(taken.engine, {"ledger": taken.stored.path}, date(2026, 1, 15))
    [hit] = trial.try_rule(RULES["double_other_form"]).hits
    assert (hit.subject, hit.subject_name, hit.rows, hit.amount) == ("5560360793", "Gården AB", (2, 3, 4), Decimal("1200.5"))
    assert trial.try_rule(RULES["double_other_day"]).count == 0
    assert [masked.rows for masked in trial.try_rule(RULES["ledger_masked"]).hits] == [(8,)]


def test_suppliers_and_the_bulk_file_of_companies(take: Take) -> None:
    companies = take(BULK, name="bolagsverket_bulkfil.txt")
    suppliers = take("Leverantörsnr;Namn;Organisationsnummer\n1;Gården;5560360793\n2;Tolvan;121212-1212\n3;Fel;556036-0794\n")
    trial = Trial(suppliers.engine, {"suppliers": suppliers.stored.path, "companies": companies.stored.path}, date(2026, 1, 15))
    told = {code: [hit.subject for hit in trial.try_rule(RULES[code]).hits] for code in ("bankruptcy", "liquidation")}
    assert told == {"bankruptcy": ["5560360793"], "liquidation": ["5560360793"]}
    assert [hit.subject for hit in trial.try_rule(RULES["identity_invalid"]).hits] == ["3"]
    assert [hit.subject for hit in trial.try_rule(RULES["identity_of_person"]).hits] == ["2"]
