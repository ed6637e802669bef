"""The supplier ledger: a row an accounting line, by the national specification of open data and as files differ from it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.kinds.kind import Field, FieldType, Kind

LEDGER = Kind(
    "ledger",
    _("Supplier ledger"),
    (
        Field(
            "buyer_identity", _("Buyer's number"), FieldType.IDENTITY, ("kopare_id", "köpare id", "köparens organisationsnummer")
        ),
        Field("buyer", _("Buyer"), headings=("kopare", "köpare", "bolag", "buyer")),
        Field(
            "voucher",
            _("Voucher"),
            headings=(
                "verifikationsnummer",
                "verifikation",
                "verifikationsnr",
                "vernr",
                "verifikat",
                "voucher",
                "voucher number",
            ),
        ),
        Field(
            "supplier_name",
            _("Supplier"),
            headings=("leverantor", "leverantör", "leverantörsnamn", "leverantörens namn", "supplier", "supplier name"),
        ),
        Field(
            "supplier_id",
            _("Supplier's number"),
            headings=(
                *("leverantor_id", "leverantör id", "leverantörsid", "leverantörsnummer", "leverantörsnr", "levnr"),
                *(
                    "organisationsnummer",
                    "orgnr",
                    "org nr",
                    "leverantörens organisationsnummer",
                    "supplier id",
                    "supplier number",
                ),
            ),
        ),
        Field("account", _("Account"), headings=("konto_nr", "konto", "kontonr", "kontonummer", "account", "account number")),
        Field(
            "account_text",
            _("Account's name"),
            headings=("konto_text", "kontotext", "kontonamn", "konto benämning", "account name"),
        ),
        Field(
            "amount",
            _("Amount"),
            FieldType.AMOUNT,
            ("belopp", "nettobelopp", "belopp exkl moms", "belopp sek", "belopp i kr", "radbelopp", "amount", "net amount"),
        ),
        Field(
            "day",
            _("Date"),
            FieldType.DAY,
            (
                "datum",
                "bokforingsdatum",
                "bokföringsdatum",
                "verifikationsdatum",
                "fakturadatum",
                "date",
                "posting date",
                "invoice date",
            ),
        ),
        Field(
            "unit_name",
            _("Committee or department"),
            headings=("forvaltning", "förvaltning", "enhet", "nämnd", "ansvar", "department"),
        ),
        Field(
            "invoice",
            _("Invoice number"),
            headings=("fakturanummer", "fakturanr", "faktura", "invoice number", "invoice", "invoice no"),
        ),
        Field("reason", _("Ground"), headings=("grund", "grund för inköp", "ground")),
        Field(
            "agreement",
            _("Agreement"),
            headings=("avtal", "avtalsnummer", "avtalsnr", "agreement", "agreement number", "contract"),
        ),
        Field("municipality_code", _("Municipality's code"), headings=("kommun_id", "kommunkod", "municipality code")),
        Field("s_code", _("S-code"), headings=("s_kod_nr", "s-kod", "skod")),
        Field(
            "payee_account",
            _("Paid to account"),
            FieldType.ACCOUNT,
            ("bankgiro", "mottagarkonto", "betalningsmottagare konto", "betalkonto", "bg/pg", "payee account"),
        ),
        Field("identity", _("Organisation number"), FieldType.IDENTITY),
    ),
    key=(),
    marks=(frozenset({"supplier_name", "amount", "day"}), frozenset({"supplier_id", "amount", "day"})),
)
"""`identity` has no column of its own: it is the supplier's number where that is one of an organisation or a person."""
