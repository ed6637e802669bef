"""Made-up names of companies, so unlike each other that no rule takes one for another."""

from __future__ import annotations

import random

from rapidfuzz import fuzz, process

from controls.demo.populations import PLACES
from controls.monitoring.rules.names import bare_name

_SURNAMES = (
    "Abrahamsson", "Alm", "Andersson", "Arvidsson", "Backlund", "Bengtsson", "Berglund", "Blom", "Boström", "Brandt",
    "Carlsson", "Cederholm", "Dahlgren", "Danielsson", "Edlund", "Ekström", "Eliasson", "Enqvist", "Eriksson", "Fagerström",
    "Forsberg", "Fransson", "Fredriksson", "Gabrielsson", "Granath", "Grönlund", "Gustavsson", "Hagman", "Hallberg",
    "Hansson", "Hedman", "Hellström", "Henriksson", "Hjelm", "Holmqvist", "Hultgren", "Håkansson", "Isaksson", "Jakobsson",
    "Jansson", "Johansson", "Kjellberg", "Klasson", "Kronvall", "Larsson", "Lilja", "Lindahl", "Ljungberg", "Lundmark",
    "Löfgren", "Magnusson", "Malmsten", "Mattsson", "Melin", "Molander", "Mårtensson", "Nilsson", "Norberg", "Nyberg",
    "Nylander", "Olofsson", "Oskarsson", "Palmgren", "Persson", "Pettersson", "Rosenqvist", "Rydberg", "Samuelsson",
    "Sandell", "Selander", "Sjöberg", "Skoglund", "Stenberg", "Stridh", "Sundin", "Svensson", "Söderlund", "Thorén",
    "Tillman", "Törnqvist", "Ullberg", "Vallgren", "Vesterlund", "Viklund", "Wahlgren", "Wendel", "Wikström", "Winther",
    "Zachrisson", "Zetterberg", "Åberg", "Åkesson", "Ångström", "Öhman", "Östberg",
)  # fmt: skip
_FIRST = (
    "Alva", "Bo", "Carin", "Disa", "Ebbe", "Frida", "Gun", "Harald", "Ines", "Jon", "Kaj", "Liv", "Malte", "Nora", "Oda",
    "Pelle", "Runa", "Sixten", "Tyra", "Ulf", "Vera", "Ylva",
)  # fmt: skip
_FORMS = ("AB", "AB", "AB", "Aktiebolag", "HB", "ekonomisk förening")
_TOO_ALIKE = 84


class Names:
    """A source of names, each unlike those given before."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._plain: list[str] = []
        self._sorted: list[str] = []

    def company(self, trades: tuple[str, ...]) -> str:
        """Return a company's name with one of the trades in it."""
        while True:
            choose = self._chance.choice
            core = choose(
                (
                    f"{choose(_SURNAMES)}s {choose(trades)}",
                    f"{choose(_SURNAMES)} & {choose(_SURNAMES)} {choose(trades)}",
                    f"{choose(_FIRST)} {choose(_SURNAMES)} {choose(trades)}",
                    f"{choose(PLACES)} {choose(_SURNAMES)} {choose(trades)}",
                )
            )
            name = f"{core} {choose(_FORMS)}"
            if self.is_new(name):
                self.take(name)
                return name

    def is_new(self, name: str) -> bool:
        """Return whether no name given before looks like it."""
        bare = bare_name(name)
        plain, ordered = bare.replace(" ", ""), "".join(sorted(bare.split()))
        pairs = ((plain, self._plain), (ordered, self._sorted))
        return all(process.extractOne(text, there, scorer=fuzz.ratio, score_cutoff=_TOO_ALIKE) is None for text, there in pairs)

    def take(self, name: str) -> None:
        """Keep the name from being given again."""
        bare = bare_name(name)
        self._plain.append(bare.replace(" ", ""))
        self._sorted.append("".join(sorted(bare.split())))

    def person(self) -> str:
        """Return somebody's name, for boards and owners."""
        return f"{self._chance.choice(_FIRST)} {self._chance.choice(_SURNAMES)}"

    def street(self) -> str:
        """Return a street's name."""
        return f"{self._chance.choice(_SURNAMES)}s {self._chance.choice(('väg', 'gata', 'gränd', 'backe', 'allé'))}"
