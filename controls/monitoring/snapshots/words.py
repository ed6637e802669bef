"""The SQL words in which cells are read: identities, accounts, amounts, days, yes and no.

The macros say the same as controls.monitoring.identities, for millions of rows; tests hold the two against each other.
A macro's argument is written out wherever its text has it, so each is given a column, and the steps of `staged` follow one
another: nested in each other they would be a text of megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from controls.data_files.engine import Engine
from controls.monitoring.kinds import FieldType

_YES = ("ja", "j", "sant", "true", "yes", "y", "1", "x", "aktiv", "finns", "registrerad", "godkänd", "spärrad")
_NO = (
    "nej",
    "n",
    "falskt",
    "false",
    "no",
    "0",
    "inaktiv",
    "saknas",
    "ej registrerad",
    "ej godkänd",
    "avregistrerad",
    "ej spärrad",
)


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _luhn(number: str, places: int) -> str:
    """Return in SQL whether the last of so many digits of a whole number is the check digit of the others."""
    terms = []
    for place in range(1, places + 1):
        digit = f"({number} // {10 ** (places - place)} % 10)"
        terms.append(f"(2 * {digit} - 9 * ({digit} // 5))" if (places - place) % 2 else digit)
    return f"(({' + '.join(terms)}) % 10 = 0)"


_MACROS = f"""
create or replace macro compact(x) as case when regexp_full_match(x, '[0-9]*') then x
    else translate(upper(x), ' ' || chr(9) || chr(160) || chr(8239) || '-–−.:/', '') end;
create or replace macro without_prefix(x) as case
    when strlen(x) not in (12, 14) then x
    when regexp_full_match(x, '(16|00)[0-9]{{10}}') then x[3:]
    when regexp_full_match(x, 'SE[0-9]{{12}}') then x[3:12]
    else x end;
create or replace macro century(x, year) as cast(year // 100 - case when cast(x[:2] as integer) > year % 100 then 1 else 0 end
    - case when contains(x, '+') then 1 else 0 end as varchar);
create or replace macro identity(x, year) as case
    when regexp_full_match(x, '[0-9]{{2}}[2-9][0-9]{{7}}') then x
    when regexp_full_match(x, '[0-9]{{6}}[+]?[0-9]{{4}}') then century(x, year) || replace(x, '+', '')
    when regexp_full_match(x, '[0-9+]*[0-9][0-9+]*') then x
    when regexp_full_match(x, '[A-Z]{{2}}[0-9A-Z]{{6,}}') and regexp_matches(x, '[0-9]') then x end;
create or replace macro is_person(i) as regexp_full_match(i, '(18|19|20)[0-9]{{10}}');
create or replace macro is_organisation(i) as regexp_full_match(i, '[0-9]{{2}}[2-9][0-9]{{7}}');
create or replace macro person_day(i) as try_cast(i[:4] || '-' || i[5:6] || '-' || lpad(cast(cast(i[7:8] as integer)
    - case when cast(i[7:8] as integer) > 60 then 60 else 0 end as varchar), 2, '0') as date);
create or replace macro last_ten(i) as try_cast(right(i, 10) as bigint);
create or replace macro number_is_valid(i, n) as case
    when i is null then null
    when is_organisation(i) then {_luhn("n", 10)}
    when is_person(i) then {_luhn("n", 10)} and person_day(i) is not null
    when regexp_full_match(i, '[0-9+]+') then false end;
create or replace macro identity_is_valid(i) as number_is_valid(i, last_ten(i));
create or replace macro payment_account(x) as case
    when regexp_full_match(x, '[A-Z]{{2}}[0-9]{{2}}[0-9A-Z]{{10,30}}') then x
    when regexp_full_match(x, '((BANKGIRO|PLUSGIRO|POSTGIRO|BG|PG)(NR|NUMMER)?)?[0-9]+') then regexp_extract(x, '[0-9]+$') end;
create or replace macro kronor(x) as coalesce(amount(x), case
    when regexp_full_match(x, '.*[0-9] ?(kr|SEK|:-)', 'i') then amount(trim(regexp_replace(x, ' ?(kr|SEK|:-)$', '', 'i')))
    when regexp_full_match(x, '[0-9 .,]*[0-9]-') then -amount(x[:-2])
    when regexp_full_match(x, '[-−]?[0-9]{{1,3}}([.][0-9]{{3}})+,[0-9]+') then amount(replace(x, '.', ''))
    when regexp_full_match(x, '[-−]?[0-9]{{1,3}}(,[0-9]{{3}})+[.][0-9]+') then amount(replace(x, ',', '')) end);
create or replace macro day_text(x) as case
    when regexp_full_match(x, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([ T].*)?') then x[:10]
    when regexp_full_match(x, '(19|20)[0-9]{{6}}') then x[:4] || '-' || x[5:6] || '-' || x[7:8]
    when regexp_full_match(x, '[0-9]{{4}}[/.][0-9]{{2}}[/.][0-9]{{2}}') then x[:4] || '-' || x[6:7] || '-' || x[9:10]
    when regexp_full_match(x, '[0-9]{{2}}[.][0-9]{{2}}[.][0-9]{{4}}') then x[7:10] || '-' || x[4:5] || '-' || x[:2] end;
create or replace macro day_of(x) as case when x <> '' then try_cast(day_text(x) as date) end;
create or replace macro flag_of(x) as case
    when list_contains([{_listed(_YES)}], lower(x)) then true when list_contains([{_listed(_NO)}], lower(x)) then false end;
create or replace macro whole(x) as case when amount(x) = floor(amount(x)) then cast(amount(x) as bigint)
    when regexp_full_match(x, '[0-9]+ ?(dagar|dgr|d|days|st)( netto)?', 'i')
        then try_cast(regexp_extract(x, '^[0-9]+') as bigint) end;
"""

SQL_TYPES = {
    FieldType.TEXT: "varchar",
    FieldType.IDENTITY: "varchar",
    FieldType.ACCOUNT: "varchar",
    FieldType.AMOUNT: "decimal(18, 4)",
    FieldType.NUMBER: "bigint",
    FieldType.DAY: "date",
    FieldType.FLAG: "boolean",
}


def teach(engine: Engine) -> None:
    """Make the words known to the engine."""
    engine.rows(_MACROS)


def staged(source: str, texts: Mapping[str, tuple[FieldType, str]], year: int, *, keeping: str) -> str:
    """Return a query of the values of each field, by its type and the SQL of its text; `keeping`: other columns to keep.

    A cell that is empty, or that cannot be read as its type, is NULL; so is a field whose text is ''.
    """
    there = {code: kind for code, (kind, text) in texts.items() if text}
    compacted = [code for code, kind in there.items() if kind in (FieldType.IDENTITY, FieldType.ACCOUNT)]
    identities = [code for code, kind in there.items() if kind == FieldType.IDENTITY]
    read = [f"{text} as t_{code}" for code, (_kind, text) in texts.items() if text]
    stage = f"select {', '.join([keeping, *read])} from {source}"
    for names, macro in ((compacted, "compact"), (identities, "without_prefix")):
        if names:
            replaced = ", ".join(f"{macro}(t_{code}) as t_{code}" for code in names)
            stage = f"select * replace ({replaced}) from ({stage})"
    values = [
        f"{_value(kind, f't_{code}', year) if text else f'cast(null as {SQL_TYPES[kind]})'} as {code}"
        for code, (kind, text) in texts.items()
    ]
    return f"select {', '.join([keeping, *values])} from ({stage})"


def _value(kind: FieldType, cell: str, year: int) -> str:
    return {
        FieldType.TEXT: f"nullif({cell}, '')",
        FieldType.IDENTITY: f"identity({cell}, {int(year)})",
        FieldType.ACCOUNT: f"payment_account({cell})",
        FieldType.AMOUNT: f"kronor({cell})",
        FieldType.NUMBER: f"whole({cell})",
        FieldType.DAY: f"day_of({cell})",
        FieldType.FLAG: f"flag_of({cell})",
    }[kind]
