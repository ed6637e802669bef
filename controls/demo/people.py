"""The demonstration's people. They are invented; their addresses lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from riskreg.models import Membership, Role, Unit, User

PASSWORD = "demo-riskreg-2025"  # noqa: S105  (public on purpose: printed at the first start)
DOMAIN = "alingsas.example"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    title: str
    unit: str
    role: Role
    sees_confidential: bool = False
    is_login: bool = False
    """Whether the start of the product prints this login: one for each role."""

    @property
    def email(self) -> str:
        first, last = self.name.lower().replace("å", "a").replace("ä", "a").replace("ö", "o").replace("é", "e").split(" ", 1)
        return f"{first}.{last.replace(' ', '')}@{DOMAIN}"


MUNICIPALITY = "Alingsås kommun"
BOARD, BOARD_OFFICE = "Kommunstyrelsen", "Kommunledningskontoret"
SCHOOL, SCHOOL_OFFICE = "Barn- och ungdomsnämnden", "Barn- och ungdomsförvaltningen"
CARE, CARE_OFFICE = "Vård- och äldreomsorgsnämnden", "Vård- och äldreomsorgsförvaltningen"

PEOPLE = (
    Person("Karin Lindqvist", "Lönechef", BOARD, Role.CONTROL_OWNER, is_login=True),
    Person("Johan Berg", "Förvaltningschef", BOARD, Role.MANAGER, sees_confidential=True, is_login=True),
    Person("Eva Dahl", "Internkontrollsamordnare", MUNICIPALITY, Role.CONTROLLER, sees_confidential=True, is_login=True),
    Person("Olof Ström", "Förtroendevald revisor", MUNICIPALITY, Role.AUDITOR, is_login=True),
    Person("Sara Lund", "Systemförvaltare", MUNICIPALITY, Role.ADMINISTRATOR, is_login=True),
    Person("Anders Holm", "Upphandlingschef", BOARD, Role.CONTROL_OWNER),
    Person("Petra Nyström", "Säkerhetssamordnare", BOARD, Role.CONTROL_OWNER),
    Person("Mikael Fors", "IT-chef", BOARD, Role.CONTROL_OWNER),
    Person("Lena Sandberg", "Kanslichef", BOARD, Role.CONTROL_OWNER),
    Person("Ulla Norén", "Förvaltningschef", SCHOOL, Role.MANAGER),
    Person("Maria Ek", "Utredare", SCHOOL, Role.CONTROL_OWNER),
    Person("Peter Alm", "Förvaltningschef", CARE, Role.MANAGER),
    Person("Jonas Wik", "Kvalitetsutvecklare", CARE, Role.CONTROL_OWNER),
)


def logins() -> list[tuple[str, str, str]]:
    """Return (role, e-mail, password), one for each role. Empty when the demonstration is not loaded."""
    present = set(User.objects.filter(email__endswith=f"@{DOMAIN}").values_list("email", flat=True))
    return [(str(person.role.label), person.email, PASSWORD) for person in PEOPLE if person.is_login and person.email in present]


def make_people(units: dict[str, Unit]) -> dict[str, User]:
    """Save the people with their roles; return them by name."""
    made = {}
    # One password that README names: hashed once, as a hash is made to take its time.
    hashed = make_password(PASSWORD)
    for person in PEOPLE:
        user = User(email=person.email, name=person.name, title=person.title, password=hashed)
        user.save()
        Membership.objects.create(
            user=user, unit=units[person.unit], role=person.role, sees_confidential=person.sees_confidential
        )
        made[person.name] = user
    return made
