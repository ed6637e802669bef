"""The files of a month, in the shapes that systems and authorities write them: text, encodings and marks of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import xlsxwriter

from controls.demo.watching.lists import DECEMBER, SYSTEMS, operations
from controls.demo.watching.town import Supplier, Town

BUYER_NUMBER, BUYER, MUNICIPALITY_CODE = "2120001553", "Alingsås kommun", "1489"


def suppliers(town: Town, month: date) -> tuple[str, bytes]:
    """Write the supplier master, as the finance system exports it."""
    last = town.last_purchases(town.until(month))
    headings = (
        *("Levnr", "Leverantörsnamn", "Orgnr/persnr", "Bankgiro", "Adress", "Postnummer", "Ort", "Betalningsvillkor"),
        *("Spärrad", "Senaste inköp"),
    )
    rows = [
        (
            *(one.number, one.name, _dashed(one.identity), one.bankgiro, one.street, one.postcode, one.city, "30"),
            *(_yes(one.is_blocked), _day(last.get(one.identity) or one.slept_since)),
        )
        for one in _on(town, month)
    ]
    return f"leverantorer-{month}.csv", _table(headings, rows, delimiter=";", encoding="cp1252")


def ledger(town: Town, month: date) -> tuple[str, bytes]:
    """Write the supplier ledger of the year so far by the national specification, with the account that was paid to."""
    headings = (
        *("kopare_id", "kopare", "verifikationsnummer", "leverantor", "leverantor_id", "konto_nr", "konto_text", "belopp"),
        *("datum", "forvaltning", "fakturanummer", "grund", "avtal", "kommun_id", "s_kod_nr", "bankgiro"),
    )
    rows = [
        (
            *(BUYER_NUMBER, BUYER, line.voucher, line.supplier, line.identity, line.account, line.account_name),
            *(_kr(line.amount), line.day.isoformat(), line.office, line.invoice, "", line.agreement, MUNICIPALITY_CODE, ""),
            line.bankgiro,
        )
        for line in town.until(month)
    ]
    return f"leverantorsreskontra-{month:%Y-%m}.csv", _table(headings, rows, delimiter=",", encoding="utf-16")


def bolagsverket(town: Town, month: date) -> tuple[str, bytes]:
    """Write the companies as the Companies Registration Office's bulk file has them, several values in a cell."""
    headings = (
        *("organisationsidentitet", "namnskyddslopnummer", "registreringsland", "organisationsnamn", "organisationsform"),
        *("avregistreringsdatum", "avregistreringsorsak", "pagandeAvvecklingsEllerOmstruktureringsforfarande"),
        *("registreringsdatum", "verksamhetsbeskrivning", "postadress"),
    )
    rows = []
    for one in _companies(town, month):
        proceedings, deregistered = one.company.get("proceedings"), one.company.get("deregistered")
        rows.append(
            (
                f"{one.identity}${'PERSON' if len(one.identity) == 12 else 'ORGNR'}-IDORG",
                "1",
                "SE-LAND",
                f"{one.name}$FORETAGSNAMN-ORGNAM${one.registered}",
                f"{one.form}-ORGFO",
                _day(deregistered),
                f"{one.company['reason']}-AVORG" if deregistered else "",
                f"{proceedings[0]}-AVOMFO${proceedings[1]}${proceedings[2]}" if proceedings else "",
                one.registered.isoformat(),
                f"{one.trade.words[0]} och därmed förenlig verksamhet",
                f"{one.street}$${one.city.upper()}${one.postcode.replace(' ', '')}$SE-LAND",
            )
        )
    return f"bolagsverket-bulkfil-{month}.txt", _table(headings, rows, delimiter=";", encoding="utf-8", quotes_all=True)


def scb(town: Town, month: date) -> tuple[str, bytes]:
    """Write the companies as Statistics Sweden's bulk file has them: Latin-1, tabs, a prefix before the number."""
    headings = ("PeOrgNr", "Foretagsnamn", "JurForm", "FtgStat", "JEStat", "Ng1", "RegDatKtid", "PostOrt")
    forms = {"E": "10", "HB": "31", "IF": "61"}
    rows = [
        (
            one.identity if len(one.identity) == 12 else f"16{one.identity}",
            one.name,
            forms.get(one.form, "49"),
            "1",
            "9" if one.company.get("deregistered") else "1",
            one.trade.industry,
            one.registered.isoformat(),
            one.city.upper(),
        )
        for one in _companies(town, month)
    ]
    return f"scb-foretagsregister-{month}.txt", _table(headings, rows, delimiter="\t", encoding="latin-1")


def watched(town: Town, month: date) -> tuple[str, bytes]:
    """Write the list that a credit service watches."""
    headings = (
        *("Orgnr", "Företag", "Rating", "Limit", "Antal betalningsanmärkningar", "Summa betalningsanmärkningar"),
        *("Skuld Kronofogden", "F-skatt", "Moms", "Arbetsgivare", "Styrelse", "Firmatecknare", "Verklig huvudman", "Revisor"),
    )
    rows = []
    for one in _on(town, month):
        if one.is_watched and one.identity:
            said = one.credit
            rows.append(
                (
                    *(one.identity, one.name, said["rating"], str(said["limit"]), str(said["remarks"]), _kr(said["remark_sum"])),
                    *(_kr(said["debt"]), _yes(one.f_tax), "Ja", "Ja", said["board"], said["signatories"], said["owner"]),
                    said["auditor"],
                )
            )
    return f"bevakade-{month}.csv", _table(headings, rows, delimiter=";", encoding="utf-8-sig")


def agreements(town: Town, month: date) -> tuple[str, bytes]:
    """Write the register of agreements as the workbook that the procurement office keeps."""
    out = io.BytesIO()
    headings = (
        *("Avtalsnummer", "Leverantör", "Organisationsnummer", "Avtalsområde", "Giltigt från", "Giltigt till", "Option till"),
        *("Uppskattat värde", "Takvärde", "Ansvarig"),
    )
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Avtal")
        sheet.write_row(0, 0, headings)
        for row, one in enumerate((each for each in town.agreements if each.valid_from <= month), start=1):
            sheet.write_row(row, 0, (one.number, one.supplier, _dashed(one.identity), one.area))
            for column, value in ((4, one.valid_from), (5, one.valid_to), (6, one.option_until)):
                if value is not None:
                    sheet.write_datetime(row, column, value, day)
            sheet.write_number(row, 7, float(one.estimated))
            sheet.write_number(row, 8, float(one.ceiling))
            sheet.write_string(row, 9, one.responsible)
    return f"avtalsregister-{month}.xlsx", out.getvalue()


def systems(_town: Town, month: date) -> tuple[str, bytes]:
    """Write the map of systems."""
    headings = ("System", "Syfte", "Systemägare", "Leverantör", "Kostnad per år")
    rows = [
        (one.name, one.purpose, one.owner, one.supplier, str((month < DECEMBER and one.cost_before) or one.cost))
        for one in SYSTEMS
    ]
    return f"systemkarta-{month}.csv", _table(headings, rows, delimiter=";", encoding="utf-8-sig")


def continuity(_town: Town, month: date) -> tuple[str, bytes]:
    """Write the list of operations with their continuity plans."""
    headings = ("Verksamhet", "Förvaltning", "Kontinuitetsplan", "Plan daterad", "Ansvarig")
    rows = [(one.name, one.office, _yes(bool(one.has_plan)), _day(one.plan_day), one.responsible) for one in operations(month)]
    return f"kontinuitetsplaner-{month}.csv", _table(headings, rows, delimiter=";", encoding="utf-8-sig")


def _on(town: Town, month: date) -> list[Supplier]:
    return [one.on(month) for one in town.suppliers]


def _companies(town: Town, month: date) -> list[Supplier]:
    """Return a supplier for each company, by its number."""
    found = {one.identity: one for one in reversed(_on(town, month)) if one.identity}
    return sorted(found.values(), key=lambda one: one.identity)


def _table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    delimiter: str,
    encoding: str,
    quotes_all: bool = False,
) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL)
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def _dashed(identity: str) -> str:
    return f"{identity[:-4]}-{identity[-4:]}" if identity else ""


def _kr(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _yes(is_so: bool) -> str:
    return "Ja" if is_so else "Nej"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
