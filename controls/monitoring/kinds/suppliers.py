"""The supplier master, as finance systems export it, and accounts of suppliers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.kinds.kind import Field, FieldType, Kind

SUPPLIERS = Kind(
    "suppliers",
    _("Suppliers"),
    (
        Field(
            "supplier_number",
            _("Supplier number"),
            headings=("leverantörsnummer", "leverantörsnr", "levnr", "lev nr", "supplier number", "supplier no", "vendor id"),
        ),
        Field(
            "name",
            _("Name"),
            headings=("leverantörsnamn", "namn", "leverantör", "benämning", "supplier name", "name", "supplier"),
        ),
        Field(
            "identity",
            _("Organisation number"),
            FieldType.IDENTITY,
            (
                *("organisationsnummer", "organisationsnr", "orgnr", "org nr", "org nummer", "organisationsnummer/personnummer"),
                *("org/persnr", "orgnr/persnr", "person/organisationsnummer", "organisation number", "registration number"),
            ),
        ),
        Field("bankgiro", _("Bankgiro"), FieldType.ACCOUNT, ("bankgiro", "bankgironummer", "bankgironr", "bg", "bgnr")),
        Field(
            "plusgiro", _("Plusgiro"), FieldType.ACCOUNT, ("plusgiro", "plusgironummer", "plusgironr", "postgiro", "pg", "pgnr")
        ),
        Field("iban", "IBAN", FieldType.ACCOUNT, ("iban", "ibannummer", "bankkonto iban")),
        Field("vat_number", _("VAT number"), headings=("momsregistreringsnummer", "momsnr", "momsnummer", "vatnr", "vat number")),
        Field("street", _("Street address"), headings=("adress", "gatuadress", "postadress", "utdelningsadress", "address")),
        Field("postcode", _("Postcode"), headings=("postnummer", "postnr", "postcode", "zip code")),
        Field("city", _("City"), headings=("ort", "postort", "city")),
        Field("phone", _("Telephone"), headings=("telefon", "telefonnummer", "tel", "phone")),
        Field(
            "payment_days",
            _("Days of payment"),
            FieldType.NUMBER,
            ("betalningsvillkor", "betalningsvillkor dagar", "betalvillkor", "kreditdagar", "payment terms", "payment days"),
        ),
        Field("is_blocked", _("Blocked"), FieldType.FLAG, ("spärrad", "spärr", "betalningsspärr", "blocked")),
        Field(
            "last_purchase",
            _("Last purchase"),
            FieldType.DAY,
            ("senaste inköp", "senast använd", "senaste faktura", "senast fakturerad", "last purchase", "last invoice"),
        ),
        Field("f_tax", _("F-tax"), FieldType.FLAG, ("fskatt", "f-skatt", "godkänd för f-skatt", "fskattsedel", "f-tax")),
    ),
    key=("supplier_number",),
    marks=(frozenset({"supplier_number", "name"}), frozenset({"name", "identity", "bankgiro"})),
)

BANK_ACCOUNTS = Kind(
    "bank_accounts",
    _("Bank accounts"),
    (
        Field(
            "supplier_number",
            _("Supplier number"),
            headings=("leverantörsnummer", "leverantörsnr", "levnr", "supplier number", "supplier no"),
        ),
        Field("identity", _("Organisation number"), FieldType.IDENTITY, ("organisationsnummer", "orgnr", "organisation number")),
        Field(
            "account",
            _("Account"),
            FieldType.ACCOUNT,
            ("konto", "kontonummer", "bankkonto", "betalkonto", "mottagarkonto", "account", "account number"),
        ),
        Field("valid_from", _("From"), FieldType.DAY, ("gäller från", "från", "från och med", "ändrad", "valid from", "from")),
    ),
    key=("supplier_number", "account"),
    marks=(frozenset({"supplier_number", "account", "valid_from"}),),
)
