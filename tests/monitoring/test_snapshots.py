"""A register's file becomes columns of their own types, with every cell kept and every cell that could not be read named."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from tests.monitoring.conftest import Take

BULK = (
    '"organisationsidentitet";"namnskyddslopnummer";"registreringsland";"organisationsnamn";"organisationsform";'
    '"avregistreringsdatum";"avregistreringsorsak";"pagandeAvvecklingsEllerOmstruktureringsforfarande";"registreringsdatum";'
    '"verksamhetsbeskrivning";"postadress"\n'
    '"5560360793$ORGNR-IDORG";"1";"SE-LAND";"Gamla Gården AB$FORETAGSNAMN-ORGNAM$2001-01-01|Nya Gården AB$FORETAGSNAMN-ORGNAM'
    '$2016-11-15|Gårdsboden$SARSKILT-ORGNAM$2017-01-01";"AB-ORGFO";"";"";"LI-AVOMFO$Likvidation$2024-01-01|KK-AVOMFO$2025-03-01";'
    '"2001-01-01";"Jordbruk; skog";"Storgatan 1$$LILLKÖPING$12345$SE-LAND"\n'
    '"191212121212$PERSON-IDORG";"2";"SE-LAND";"Tolvans Bygg$FORETAGSNAMN-ORGNAM$2016-11-15";"E-ORGFO";"2020-05-05";'
    '"KKAV-AVORG";"";"2016-11-15";"";"Vägen 2$c/o Sju$BYN$23456$SE-LAND"\n'
)


def test_bolagsverkets_packed_values_are_taken_apart(take: Take) -> None:
    taken = take(BULK, name="bolagsverket_bulkfil.txt")
    assert taken.kind == "companies"
    assert taken.column("key") == ["5560360793|1", "191212121212|2"]
    assert taken.column("name") == ["Nya Gården AB", "Tolvans Bygg"]
    assert taken.column("earlier_names") == ["Gamla Gården AB; Gårdsboden", None]
    assert taken.column("form") == ["AB", "E"]
    assert taken.column("proceedings") == ["LI, KK", None]
    assert taken.column("proceedings_day") == [date(2025, 3, 1), None]
    assert taken.column("deregistration_reason") == [None, "KKAV"]
    assert taken.column("is_active") == [True, False]
    assert taken.column("concat_ws(', ', street, postcode, city, country)") == [
        "Storgatan 1, 12345, LILLKÖPING, SE",
        "Vägen 2, 23456, BYN, SE",
    ]
    assert taken.column("identity_is_person") == [False, True]


def test_scbs_file_of_tabs_and_prefixes_gives_the_same_columns(take: Take) -> None:
    content = (
        "PeOrgNr\tForetagsnamn\tJurForm\tFtgStat\tJEStat\tNg1\tRegDatKtid\n"
        "165560360793\tNya Gården AB\t49\t1\t1\t01110\t20010101\n"
        "191212121212\tTolvans Bygg\t10\t9\t9\t41200\t20161115\n"
    )
    taken = take(content.encode("cp1252"), name="scb_bulkfil_JE.txt")
    assert taken.kind == "companies"
    assert taken.column("identity") == ["5560360793", "191212121212"]
    assert taken.column("form") == ["AB", "E"]
    assert taken.column("registered") == [date(2001, 1, 1), date(2016, 11, 15)]
    assert taken.column("is_active") == [True, False]


_LINES = [("Gården AB", "556036-0793", "5010 Lokalhyra", "1 234,50", "F-1"), ("Boden", "4711", "5010 Lokalhyra", "-99", "-")]


def _national(delimiter: str, ends: str, *, decimal: str = ",") -> str:
    heading = delimiter.join(["Leverantor", "Leverantor_id", "Konto_nr", "nettobelopp", "bokforingsdatum", "Fakturanummer"])
    rows = [
        delimiter.join(f'"{cell}"' for cell in [name, number, account, amount.replace(",", decimal), "2025-03-01", invoice])
        for name, number, account, amount, invoice in _LINES
    ]
    return ends.join([heading, *rows]) + ends


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (_national(",", "\r\n").encode("utf-16"), "reskontra.csv"),
        (_national(";", "\r", decimal=".").encode(), "reskontra.csv"),
        (_national(";", "\n").encode("cp1252"), "reskontra.txt"),
        (
            "\ufeff".encode()
            + json.dumps(
                {
                    "results": [
                        {
                            "\ufeffleverantor": name,
                            "leverantor_id": number,
                            "konto_nr": account,
                            "belopp": amount,
                            "datum": "2025-03-01",
                            "fakturanummer": invoice,
                        }
                        for name, number, account, amount, invoice in _LINES
                    ],
                    "next": None,
                }
            ).encode(),
            "reskontra.json",
        ),
    ],
    ids=["utf-16", "bare CR", "windows-1252", "json"],
)
def test_a_ledger_is_the_same_in_each_variant_of_the_national_specification(take: Take, content: bytes, name: str) -> None:
    taken = take(content, name=name)
    assert taken.kind == "ledger"
    assert taken.column("amount") == [Decimal("1234.5"), Decimal(-99)]
    assert taken.column("day") == [date(2025, 3, 1)] * 2
    assert taken.column("identity") == ["5560360793", None]
    assert taken.column("supplier_id") == ["556036-0793", "4711"]
    assert taken.column("invoice") == ["F-1", None]
    assert taken.column("account") == ["5010", "5010"]
    assert taken.column("account_text") == ["Lokalhyra", "Lokalhyra"]
    assert taken.facts.rows == taken.facts.distinct_keys == 2


def test_a_cell_that_cannot_be_read_is_named_by_row_and_stays_as_it_came(take: Take) -> None:
    content = (
        "Levnr;Namn;Orgnr;Senaste inköp;Spärrad;Betalningsvillkor\n"
        "1;Gården AB;556036-0793;2025-02-30;nej;30 dagar netto\n"
        "2;Boden;556036-0739;igår;kanske;30\n"
        "2;Boden igen;;20250301;x;\n"
    )
    taken = take(content)
    assert taken.kind == "suppliers"
    assert taken.facts.unread == {"last_purchase": (2, [(2, "2025-02-30"), (3, "igår")]), "is_blocked": (1, [(3, "kanske")])}
    assert taken.column("last_purchase") == [None, None, date(2025, 3, 1)]
    assert taken.column("c3") == ["2025-02-30", "igår", "20250301"]
    assert taken.column("payment_days") == [30, 30, None]
    assert taken.facts.invalid_identities == 1
    assert (taken.facts.duplicate_keys, taken.facts.duplicates) == (1, [("2", 2)])


def test_amounts_are_read_as_they_are_written(take: Take) -> None:
    written = ["1 234,50", "1.234,50", "1,234.50", "1234.5 kr", "99-", "-5 SEK", "100:-", "1 000 000", ""]
    rows = "".join(f'{i};S;"{amount}"\n' for i, amount in enumerate(written))
    taken = take(
        f"Avtalsnr;Leverantör;Takvärde;Gäller till\n{rows}".replace("\n", ";2025-12-31\n").replace("till;2025-12-31", "till")
    )
    wanted = [Decimal("1234.5")] * 4 + [Decimal(-99), Decimal(-5), Decimal(100), Decimal(1_000_000), None]
    assert taken.column("ceiling") == wanted
    assert taken.facts.three_decimals == []


def test_amounts_whose_fractions_all_have_three_digits_are_told(take: Take) -> None:
    taken = take("Avtalsnr;Leverantör;Takvärde;Gäller till\n1;S;1.234;2025-12-31\n2;S;12.345;2025-12-31\n3;S;7;2025-12-31\n")
    assert taken.facts.three_decimals == ["ceiling"]


def test_an_own_register_keeps_its_columns_under_their_headings(take: Take) -> None:
    taken = take("Nyckel;Utlämnad till;Skåp\n17;Karin;A\n18;Bo;B\n", kind="own", key=["Skåp", "Nyckel"])
    assert taken.column("key") == ["A|17", "B|18"]
    assert taken.facts.distinct_keys == 2
