"""What a municipality lists itself: agreements, systems, operations with their continuity plans, and anything else."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from controls.monitoring.kinds.kind import Field, FieldType, Kind

AGREEMENTS = Kind(
    "agreements",
    _("Agreements"),
    (
        Field(
            "agreement_number",
            _("Agreement number"),
            headings=("avtalsnummer", "avtalsnr", "avtals-id", "avtalsid", "diarienummer", "agreement number", "contract number"),
        ),
        Field("supplier_name", _("Supplier"), headings=("leverantör", "leverantörsnamn", "avtalspart", "motpart", "supplier")),
        Field(
            "identity",
            _("Organisation number"),
            FieldType.IDENTITY,
            ("organisationsnummer", "orgnr", "org nr", "leverantörens orgnr", "organisation number"),
        ),
        Field("area", _("Area"), headings=("avtalsområde", "område", "avtalsnamn", "benämning", "kategori", "area")),
        Field(
            "valid_from",
            _("From"),
            FieldType.DAY,
            ("giltigt från", "gäller från", "startdatum", "avtalsstart", "från", "valid from"),
        ),
        Field("valid_to", _("To"), FieldType.DAY, ("giltigt till", "gäller till", "slutdatum", "avtalsslut", "till", "valid to")),
        Field(
            "option_until",
            _("Option until"),
            FieldType.DAY,
            ("option till", "förlängning till", "max förlängning", "option until"),
        ),
        Field(
            "estimated_value",
            _("Estimated value"),
            FieldType.AMOUNT,
            ("uppskattat värde", "beräknat värde", "avtalsvärde", "estimated value"),
        ),
        Field("ceiling", _("Ceiling"), FieldType.AMOUNT, ("takvärde", "takvolym", "högsta värde", "maxbelopp", "ceiling")),
        Field("responsible", _("Responsible"), headings=("ansvarig", "avtalsansvarig", "avtalsförvaltare", "responsible")),
    ),
    key=("agreement_number",),
    marks=(
        frozenset({"agreement_number", "valid_to"}),
        frozenset({"supplier_name", "valid_from", "valid_to"}),
        frozenset({"identity", "valid_to"}),
    ),
)

SYSTEMS = Kind(
    "systems",
    _("Systems"),
    (
        Field("name", _("Name"), headings=("system", "systemnamn", "applikation", "namn", "it-system", "name")),
        Field("owner", _("System owner"), headings=("systemägare", "ägare", "objektägare", "system owner", "owner")),
        Field("purpose", _("Purpose"), headings=("syfte", "användning", "funktion", "ändamål", "beskrivning", "purpose")),
        Field("supplier_name", _("Supplier"), headings=("leverantör", "systemleverantör", "supplier", "vendor")),
        Field(
            "yearly_cost",
            _("Cost a year"),
            FieldType.AMOUNT,
            ("kostnad per år", "årskostnad", "kostnad", "cost a year", "yearly cost"),
        ),
    ),
    key=("name",),
    marks=(frozenset({"name", "purpose"}), frozenset({"name", "owner", "yearly_cost"})),
)

OPERATIONS = Kind(
    "operations",
    _("Operations and their plans"),
    (
        Field("name", _("Name of the operation"), headings=("verksamhet", "verksamhetens namn", "namn", "operation", "name")),
        Field("unit_name", _("Committee or department"), headings=("förvaltning", "nämnd", "enhet", "avdelning", "department")),
        Field(
            "has_plan",
            _("Continuity plan"),
            FieldType.FLAG,
            ("kontinuitetsplan", "kontinuitetsplan finns", "plan finns", "har plan", "continuity plan"),
        ),
        Field(
            "plan_day",
            _("Plan of"),
            FieldType.DAY,
            ("plan daterad", "kontinuitetsplan datum", "senast uppdaterad", "plan uppdaterad", "fastställd", "plan date"),
        ),
        Field("responsible", _("Responsible"), headings=("ansvarig", "verksamhetsansvarig", "chef", "responsible")),
    ),
    key=("name", "unit_name"),
    marks=(frozenset({"name", "has_plan"}), frozenset({"name", "plan_day"})),
)

OWN = Kind("own", _("Own register"), (), key=())
"""Any other list: all its columns are text, and a person says what tells the rows apart."""
