"""Which names look alike, in Swedish forms."""

from __future__ import annotations

import pytest

from controls.monitoring.rules.names import bare_name, look_alikes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Svenssons Bygg AB", "SVENSSONS BYGG AKTIEBOLAG"),
        ("Svenssons Bygg AB", "Svenssons Bygg AB i likvidation"),
        ("Handelsbolaget Ek & Al", "Ek och Al HB"),
        ("Café Åsö AB (publ)", "Cafe Aso"),
        ("Bygg Svenssons AB", "Svenssons Bygg"),
        ("Svenssons Bygg AB", "Svenssons Byg AB"),
        ("Swenssons Bygg AB", "Svenssons Bygg AB"),
    ],
)
def test_names_look_alike(one: str, other: str) -> None:
    assert list(look_alikes(["Almhults Konditori", one, other])) == [(1, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brf Eken 1", "Brf Eken 2"),
        ("Svenssons Bygg AB", "Svenssons Åkeri AB"),
        ("Svenssons Bygg AB", "Johanssons Bygg AB"),
        ("AB", "HB"),
    ],
)
def test_names_do_not_look_alike(one: str, other: str) -> None:
    assert not look_alikes([one, other], 90)


def test_a_name_that_is_only_a_form_keeps_it() -> None:
    assert bare_name("Aktiebolaget") == "aktiebolaget"


def test_a_large_block_is_looked_through_in_both_directions() -> None:
    """More names than are compared with each other begin alike; those that nearly agree are neighbours."""
    names = [
        f"Svensk {chr(97 + i % 26)}{chr(97 + i // 26 % 26)}{chr(97 + i % 7)} Handel {'xyzåäö'[i % 6] * 9}" for i in range(700)
    ]
    pairs = look_alikes([*names, "Svensk Bergtransport i Sollefteå", "Svensk Bergtransporter i Sollefteå"], 93)
    assert (700, 701) in pairs
