"""Files are known by their headings and contents: the national ledger's variants, bulk files, finance systems' exports."""

from __future__ import annotations

from datetime import date

import pytest

from controls.monitoring.kinds import KINDS, FieldType
from controls.monitoring.recognising import bare, map_columns, recognise

DAY = date(2026, 3, 1)
LEDGER = (
    "kopare_id,kopare,verifikationsnummer,leverantor,leverantor_id,konto_nr,konto_text,belopp,datum,forvaltning,"
    "fakturanummer,grund,avtal,kommun_id,s_kod_nr"
)
BOLAGSVERKET = (
    "organisationsidentitet,namnskyddslopnummer,registreringsland,organisationsnamn,organisationsform,avregistreringsdatum,"
    "avregistreringsorsak,pagandeAvvecklingsEllerOmstruktureringsforfarande,registreringsdatum,verksamhetsbeskrivning,postadress"
)


@pytest.mark.parametrize(
    ("kind", "headings", "fields"),
    [
        ("ledger", LEDGER, {"supplier_id": "leverantor_id", "amount": "belopp", "day": "datum", "unit_name": "forvaltning"}),
        (
            "ledger",
            "Köpare;Leverantör;Organisationsnummer;Konto;Nettobelopp;Bokföringsdatum;Fakturanr",
            {"supplier_id": "Organisationsnummer", "amount": "Nettobelopp", "day": "Bokföringsdatum", "invoice": "Fakturanr"},
        ),
        ("companies", BOLAGSVERKET, {"name": "organisationsnamn", "city": "postadress", "is_active": "avregistreringsdatum"}),
        ("companies", "PeOrgNr;Foretagsnamn;JurForm;FtgStat;JEStat;Ng1;RegDatKtid", {"identity": "PeOrgNr", "industry": "Ng1"}),
        (
            "suppliers",
            "Lev.nr;Leverantörsnamn;Org.nr;Bankgiro;Plusgiro;Postnr;Ort;Spärrad;Senaste inköp",
            {"supplier_number": "Lev.nr", "identity": "Org.nr", "is_blocked": "Spärrad", "last_purchase": "Senaste inköp"},
        ),
        ("agreements", "Avtalsnr;Leverantör;Orgnr;Avtalsområde;Gäller från;Gäller till;Takvärde", {"ceiling": "Takvärde"}),
        ("systems", "System;Systemägare;Syfte;Leverantör;Kostnad per år", {"yearly_cost": "Kostnad per år"}),
        ("operations", "Verksamhet;Förvaltning;Kontinuitetsplan;Senast uppdaterad", {"plan_day": "Senast uppdaterad"}),
        (
            "watched",
            "Orgnr;Företag;Rating;Limit;F-skatt;Moms;Arbetsgivare;Styrelse;Verklig huvudman",
            {"owner": "Verklig huvudman"},
        ),
        ("bank_accounts", "Leverantörsnr;Konto;Gäller från", {"account": "Konto"}),
        ("suppliers", "Supplier number;Supplier name;Organisation number;Bankgiro", {"name": "Supplier name"}),
    ],
)
def test_a_file_is_known_by_its_headings(kind: str, headings: str, fields: dict[str, str]) -> None:
    columns = headings.split("," if "," in headings else ";")
    found = recognise(columns, [], on=DAY)
    assert (found.kind, found.columns.doubtful) == (kind, frozenset())
    assert fields.items() <= found.columns.fields.items()


def test_a_list_of_other_things_is_of_no_known_kind() -> None:
    found = recognise(["Nyckelnummer", "Utlämnad till", "Återlämnad"], [], on=DAY)
    assert (found.kind, found.columns.unknown) == ("", ["Nyckelnummer", "Utlämnad till", "Återlämnad"])


def test_a_heading_with_a_letter_wrong_is_a_guess_and_said_to_be_one() -> None:
    found = map_columns(KINDS["suppliers"], ["Leverantörsnummer", "Leverantörnamn"], on=DAY)
    assert found.fields == {"supplier_number": "Leverantörsnummer", "name": "Leverantörnamn"}
    assert found.doubtful == {"name"}


def test_organisation_numbers_are_found_under_any_heading_and_said_to_be_a_guess() -> None:
    rows = [["1", "AB Ett", "556036-0793"], ["2", "AB Två", "202100-5489"], ["3", "AB Tre", "212000-0142"]]
    found = map_columns(KINDS["suppliers"], ["Levnr", "Namn", "Kod"], rows, on=DAY)
    assert found.fields["identity"] == "Kod"
    assert found.doubtful == {"identity"}


def test_the_columns_that_a_person_chose_go_before_what_is_recognised() -> None:
    columns = ["Levnr", "Namn", "Kallas", "Orgnr"]
    found = map_columns(KINDS["suppliers"], columns, remembered={"name": "Kallas", "identity": ""}, on=DAY)
    assert found.fields == {"supplier_number": "Levnr", "name": "Kallas"}
    assert found.unknown == ["Namn", "Orgnr"]


def test_no_heading_means_two_fields_of_a_kind() -> None:
    for kind in KINDS.values():
        said = [heading for field in kind.fields for heading in {bare(name) for name in field.headings}]
        assert len(said) == len(set(said)), kind.code


def test_the_key_and_the_marks_of_a_kind_are_fields_of_it() -> None:
    for kind in KINDS.values():
        codes = {field.code for field in kind.fields}
        assert {*kind.key, *(code for mark in kind.marks for code in mark)} <= codes
        assert all(field.type == FieldType.IDENTITY for field in kind.fields if field.code == "identity")
