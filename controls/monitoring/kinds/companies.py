"""Companies: the bulk files of Bolagsverket and Statistics Sweden, and the list that a credit service watches.

The columns are those of the published descriptions: Bolagsverket, “Bulkfil med företagsinformation” (values packed into a
cell, parts apart by $, several by |); SCB, “Företagsregistret, bulkfil”.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.kinds.kind import Field, FieldType, Kind, Shape

_NAMES = "string_split({organisationsnamn}, '|')"
_CURRENT = f"list_filter({_NAMES}, lambda part: contains(part, '$FORETAGSNAMN-ORGNAM'))"
# Of several the one of the latest day; a name without the code is better than none.
_NEWEST = f"list_max(list_transform({_CURRENT}, lambda part: split_part(part, '$', 3) || '$' || part))"
_IS_ONE_NAME = "not contains({organisationsnamn}, '|')"
"""Most cells are one name, and no list has to be made of them: a third of the time that the three million take."""
_PROCEEDINGS = "string_split({pagandeavvecklingselleromstruktureringsforfarande}, '|')"
_HAS_NONE = "{pagandeavvecklingselleromstruktureringsforfarande} = ''"

BOLAGSVERKET = Shape(
    "bolagsverket",
    frozenset({"organisationsidentitet", "namnskyddslopnummer", "organisationsform"}),
    {
        "identity": "split_part({organisationsidentitet}, '$', 1)",
        "name_number": "{namnskyddslopnummer}",
        "name": f"case when {_IS_ONE_NAME} then split_part({{organisationsnamn}}, '$', 1) "
        f"else coalesce(split_part({_NEWEST}, '$', 2), split_part({{organisationsnamn}}, '$', 1)) end",
        "earlier_names": f"case when {_IS_ONE_NAME} then '' else array_to_string(list_transform("
        f"list_filter({_NAMES}, lambda part: split_part(part, '$', 3) || '$' || part <> {_NEWEST}), "
        "lambda part: split_part(part, '$', 1)), '; ') end",
        "form": "split_part({organisationsform}, '-', 1)",
        "registered": "{registreringsdatum}",
        "deregistered": "{avregistreringsdatum}",
        "deregistration_reason": "split_part(split_part({avregistreringsorsak}, '$', 1), '-', 1)",
        "proceedings": f"case when {_HAS_NONE} then '' "
        f"else array_to_string(list_transform({_PROCEEDINGS}, lambda part: split_part(part, '-', 1)), ', ') end",
        "proceedings_day": f"case when {_HAS_NONE} then '' "
        f"else list_max(list_transform({_PROCEEDINGS}, lambda part: string_split(part, '$')[-1])) end",
        "activity": "{verksamhetsbeskrivning}",
        "street": "split_part({postadress}, '$', 1)",
        "city": "split_part({postadress}, '$', 3)",
        "postcode": "split_part({postadress}, '$', 4)",
        "country": "split_part(split_part({postadress}, '$', 5), '-', 1)",
        "is_active": "case when {avregistreringsdatum} = '' then 'ja' else 'nej' end",
    },
)

_FORMS = {
    "10": "E", "21": "EB", "22": "PR", "31": "HB/KB", "41": "BAB", "42": "FAB", "43": "EEIG", "49": "AB", "51": "EK",
    "53": "BRF", "54": "KHF", "61": "IF", "62": "S", "71": "FAM", "72": "STIFT", "81": "STAT", "82": "KOMMUN", "84": "REGION",
    "92": "ÖFB", "94": "RS", "95": "AK", "96": "UTL",
}  # fmt: skip
_FORM_OF_CODE = " ".join(f"when '{code}' then '{form}'" for code, form in _FORMS.items())

SCB = Shape(
    "scb",
    frozenset({"peorgnr", "jurform", "jestat"}),
    {
        "identity": "{peorgnr}",
        "name": "{foretagsnamn}",
        "form": f"case {{jurform}} {_FORM_OF_CODE} else {{jurform}} end",
        "registered": "{regdatktid}",
        "is_active": "case when {jestat} = '1' then 'ja' when {jestat} <> '' then 'nej' else '' end",
        "industry": "{ng1}",
    },
)
"""SCB's status 1 is an active legal unit; 0 never was one, 9 is not any more."""

COMPANIES = Kind(
    "companies",
    _("Companies"),
    (
        Field("identity", _("Organisation number"), FieldType.IDENTITY, ("organisationsnummer", "orgnr", "organisation number")),
        Field("name_number", _("Name's serial number"), headings=("namnskyddslopnummer", "namnskyddslöpnummer")),
        Field("name", _("Name"), headings=("företagsnamn", "foretagsnamn", "firma", "namn", "company name", "name")),
        Field("earlier_names", _("Other names"), headings=("särskilt företagsnamn", "bifirma", "other names")),
        Field("form", _("Legal form"), headings=("juridisk form", "företagsform", "bolagsform", "legal form")),
        Field("registered", _("Registered"), FieldType.DAY, ("registreringsdatum", "registrerad", "registered")),
        Field("deregistered", _("Deregistered"), FieldType.DAY, ("avregistreringsdatum", "avregistrerad", "deregistered")),
        Field("deregistration_reason", _("Ground of deregistration"), headings=("avregistreringsorsak", "deregistration reason")),
        Field("proceedings", _("Proceedings"), headings=("pågående förfarande", "förfarande", "proceedings")),
        Field("proceedings_day", _("Proceedings since"), FieldType.DAY, ("förfarande datum", "proceedings since")),
        Field("activity", _("Line of business"), headings=("verksamhetsbeskrivning", "verksamhet", "activity")),
        Field("street", _("Street address"), headings=("adress", "gatuadress", "postadress", "address")),
        Field("postcode", _("Postcode"), headings=("postnummer", "postnr", "postcode")),
        Field("city", _("City"), headings=("ort", "postort", "city")),
        Field("country", _("Country"), headings=("land", "country")),
        Field("is_active", _("Active"), FieldType.FLAG, ("aktiv", "active", "status aktiv")),
        Field("industry", _("Industry"), headings=("sni", "sni-kod", "bransch", "näringsgren", "industry")),
    ),
    key=("identity", "name_number"),
    marks=(frozenset({"identity", "name", "form"}), frozenset({"identity", "name", "registered"})),
    shapes=(BOLAGSVERKET, SCB),
)

WATCHED = Kind(
    "watched",
    _("Watched companies"),
    (
        Field("identity", _("Organisation number"), FieldType.IDENTITY, ("organisationsnummer", "orgnr", "organisation number")),
        Field("name", _("Name"), headings=("företag", "företagsnamn", "namn", "firma", "company", "company name", "name")),
        Field("rating", _("Rating"), headings=("rating", "kreditrating", "riskklass", "betyg", "credit rating")),
        Field("score", _("Score"), FieldType.NUMBER, ("score", "poäng", "kreditscore", "riskscore", "riskprognos")),
        Field("credit_limit", _("Limit"), FieldType.AMOUNT, ("limit", "kreditlimit", "credit limit")),
        Field(
            "remarks",
            _("Payment remarks"),
            FieldType.NUMBER,
            ("betalningsanmärkningar", "antal betalningsanmärkningar", "antal anmärkningar", "payment remarks"),
        ),
        Field(
            "remark_sum",
            _("Sum of remarks"),
            FieldType.AMOUNT,
            ("summa betalningsanmärkningar", "betalningsanmärkningar belopp", "belopp anmärkningar", "sum of remarks"),
        ),
        Field(
            "debt",
            _("Debt at the Enforcement Authority"),
            FieldType.AMOUNT,
            ("skuldsaldo", "skuld kronofogden", "skuld kfm", "debt"),
        ),
        Field("f_tax", _("F-tax"), FieldType.FLAG, ("f-skatt", "fskatt", "registrerad för f-skatt", "f-tax")),
        Field("vat_registered", _("VAT"), FieldType.FLAG, ("moms", "momsregistrerad", "registrerad för moms", "vat")),
        Field("employer_registered", _("Employer"), FieldType.FLAG, ("arbetsgivare", "arbetsgivarregistrerad", "employer")),
        Field("board", _("Board"), headings=("styrelse", "styrelseledamöter", "board")),
        Field("signatories", _("Signatories"), headings=("firmatecknare", "firmateckning", "signatories")),
        Field(
            "owner",
            _("Beneficial owner"),
            headings=("ägare", "huvudman", "verklig huvudman", "verkliga huvudmän", "beneficial owner", "owner"),
        ),
        Field("auditor", _("Auditor"), headings=("revisor", "auditor")),
        Field(
            "accounts_day",
            _("Latest accounts"),
            FieldType.DAY,
            ("senaste bokslut", "bokslutsdatum", "bokslut", "latest accounts"),
        ),
        Field("street", _("Street address"), headings=("adress", "gatuadress", "besöksadress", "address")),
        Field("postcode", _("Postcode"), headings=("postnummer", "postnr", "postcode")),
        Field("city", _("City"), headings=("ort", "postort", "city")),
    ),
    key=("identity",),
    marks=tuple(
        frozenset({"identity", sign}) for sign in ("rating", "score", "remarks", "debt", "vat_registered", "employer_registered")
    ),
)
