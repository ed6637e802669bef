"""Words that mean a method, a frequency or a conclusion, and colours that mean a conclusion."""

from __future__ import annotations

import pytest

from controls.importing.words import number_in
from riskreg.importing.columns import (
    CONCLUSIONS,
    FREQUENCIES,
    METHODS,
    conclusion_from_fill,
    recognise_conclusion,
    recognise_frequency,
    recognise_method,
)
from riskreg.importing.recognition import methods_listed


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("Granskning genom stickprov att avtal finns", "sampling"),
        ("Stickprovskontroll av fakturor", "sampling"),
        ("Kontroll genom stickprov, därefter enkät", "sampling"),
        ("Slumpmässigt urval av löner", "sampling"),
        ("Registerkontroll av leverantörer", "register_monitoring"),
        ("Kontroll mot register", "register_monitoring"),
        ("Löneavstämning mot bank", "reconciliation"),
        ("Kassan stäms av", "reconciliation"),
        ("Uppföljning genom enkät huruvida stöd ges", "survey"),
        ("Serviceenkäten besvaras av chefer", "survey"),
        ("Nyckeltal för sjukfrånvaro följs upp", "indicator"),
        ("Uppföljning av systemkarta och granskning av utvecklingen för kommunens systemkostnader", "indicator"),
        ("Intervju med enhetschefer", "interview"),
        ("Granskning av delegationsbeslut", "review"),
        ("Uppföljning av fjolårets åtgärder", "review"),
        ("Genomgång av rutiner", "review"),
        ("Sampling of invoices", "sampling"),
        ("Reconciliation of accounts", "reconciliation"),
        ("Survey to all managers", "survey"),
        ("Review of decisions", "review"),
        ("Annat", "other"),
        ("Övrigt", "other"),
        ("Utbildning för nya chefer", None),
        ("", None),
    ],
)
def test_the_method_is_found_in_the_words(text, method):
    assert recognise_method(text) == method


def test_a_way_of_finding_out_goes_before_a_word_for_looking():
    assert recognise_method("Granskning av avtal. Uppföljning sker med intervju.") == "interview"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Intervju + stickprov", ["interview", "sampling"]),
        ("Stickprov och avstämning mot huvudbok", ["sampling", "reconciliation"]),
        ("Enkät, intervju", ["survey", "interview"]),
        ("Stickprov av 20 löner, mot avtal och schema", []),
        ("Granskning/stickprov", []),
        ("Stickprov, slumpvis urval", []),
        ("Intervju", []),
    ],
)
def test_several_methods_are_found_where_they_are_listed(text, listed):
    assert methods_listed(text) == listed


def test_the_first_of_two_methods_is_meant():
    assert recognise_method("Enkät följd av stickprov") == "survey"
    assert recognise_method("Stickprov följt av enkät") == "sampling"


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("Varje vecka", "weekly"),
        ("Veckovis", "weekly"),
        ("Månadsvis", "monthly"),
        ("1 gång/månad", "monthly"),
        ("12 ggr per år", "monthly"),
        ("Kvartalsvis", "quarterly"),
        ("4 gånger per år", "quarterly"),
        ("Varje tertial", "tertial"),
        ("3 ggr/år", "tertial"),
        ("Halvårsvis", "half_yearly"),
        ("Två gånger per år", "half_yearly"),
        ("Årligen", "yearly"),
        ("En gång per år", "yearly"),
        ("1 ggr/år", "yearly"),
        ("Vid delårsbokslut och årsbokslut", "at_closing"),
        ("I samband med bokslut", "at_closing"),
        ("Quarterly", "quarterly"),
        ("Twice a year", "half_yearly"),
        ("Vartannat år", None),
        ("Varannan månad", None),
        ("6 ggr per år", None),
        ("Löpande", None),
        ("", None),
    ],
)
def test_the_frequency_is_found_in_the_words(text, frequency):
    assert recognise_frequency(text) == frequency


@pytest.mark.parametrize(
    ("text", "conclusion"),
    [
        ("Inga avvikelser", "no_deviations"),
        ("Utan att några avvikelser noterats", "no_deviations"),
        ("Inga väsentliga avvikelser", "no_deviations"),
        ("Inga större brister", "no_deviations"),
        ("Utan anmärkning", "no_deviations"),
        ("Grön", "no_deviations"),
        ("🟢", "no_deviations"),
        ("✔ Klart", "no_deviations"),
        ("OK", "no_deviations"),
        ("Mindre avvikelser", "minor_deviations"),
        ("Mindre väsentliga avvikelser", "minor_deviations"),
        ("Inga större avvikelser men vissa brister", "minor_deviations"),
        ("Gul", "minor_deviations"),
        ("Väsentliga avvikelser", "significant_deviations"),
        ("Stora brister i rutinen", "significant_deviations"),
        ("Röd", "significant_deviations"),
        ("Pågår", "ongoing"),
        ("Kontrollen har påbörjats", "ongoing"),
        ("Kunde inte genomföras", "could_not_be_performed"),
        ("Kontrollen har inte genomförts", "could_not_be_performed"),
        ("Ej utförd", "could_not_be_performed"),
        ("No deviations", "no_deviations"),
        ("Minor deviations", "minor_deviations"),
        ("Significant deviations", "significant_deviations"),
        ("Could not be performed", "could_not_be_performed"),
        ("Ej påbörjad", None),
        ("●", None),
        ("", None),
    ],
)
def test_the_conclusion_is_found_in_the_words(text, conclusion):
    assert recognise_conclusion(text) == conclusion


@pytest.mark.parametrize(
    ("fill", "conclusion"),
    [
        ("92D050", "no_deviations"),
        ("00B050", "no_deviations"),
        ("C6EFCE", "no_deviations"),
        ("70AD47", "no_deviations"),
        ("FFFF00", "minor_deviations"),
        ("FFC000", "minor_deviations"),
        ("FFEB9C", "minor_deviations"),
        ("FF0000", "significant_deviations"),
        ("C00000", "significant_deviations"),
        ("FFC7CE", "significant_deviations"),
        ("00B0F0", "ongoing"),
        ("4472C4", "ongoing"),
        ("BFBFBF", None),
        ("ED7D31", None),
        ("FFFFFF", None),
        ("000000", None),
        ("7030A0", None),
        ("", None),
    ],
)
def test_a_colour_means_what_a_traffic_light_means(fill, conclusion):
    assert conclusion_from_fill(fill) == conclusion


def test_only_the_domains_codes_are_given():
    assert METHODS == ("sampling", "register_monitoring", "reconciliation", "survey", "indicator", "review", "interview", "other")
    assert FREQUENCIES == ("weekly", "monthly", "quarterly", "tertial", "half_yearly", "yearly", "at_closing")
    assert CONCLUSIONS == ("no_deviations", "minor_deviations", "significant_deviations", "ongoing", "could_not_be_performed")


@pytest.mark.parametrize(
    ("text", "number"), [("2025-07", 7), ("12.", 12), ("", None), ("9" * 5000, None), ("²", None), ("0", None)]
)
def test_a_number_is_read_of_a_reference_or_none(text: str, number: int | None) -> None:
    assert number_in(text) == number
