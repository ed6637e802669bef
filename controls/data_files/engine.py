"""DuckDB with limits: of memory, of folders, without network; long queries can be watched and cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from controls.data_files.content import ERROR_CODE, ERRORS, MOMENT, NUMBER

MEMORY_MB = 256
THREADS = 2
_POLL_SECONDS = 0.2

Tell = Callable[[float], None]
"""Told how far a step has come, 0 to 1; what it raises ends the step (that is how a run is cancelled)."""

# Most numbers are plain: what is written with groups, or with a typographer's minus, takes the longer way.
_PLAIN = "-?(0|[1-9][0-9]*)([.,][0-9]+)?"
_PLAIN_POINT = "-?(0|[1-9][0-9]*)([.][0-9]+)?"
_PLAIN_AMOUNT = "-?[0-9]{1,14}([.,][0-9]{1,8})?"
_MACROS = f"""
create macro rtrim_point(x) as case when contains(x, '.') then rtrim(rtrim(x, '0'), '.') else x end;
create macro without_minus_zero(x) as case when x = '-0' then '0' else x end;
create macro number_text(x) as rtrim_point(translate(x, ',−' || ' ' || chr(160) || chr(8239), '.-'));
create macro canonical(x) as case
    when x < ':' or starts_with(x, '−') then case
        when not ends_with(x, '0') and regexp_full_match(x, '{_PLAIN_POINT}') then x
        when regexp_full_match(x, '{_PLAIN}') then without_minus_zero(rtrim_point(replace(x, ',', '.')))
        when regexp_full_match(x, '{NUMBER}') then without_minus_zero(number_text(x))
        when regexp_full_match(x, '{MOMENT}') then
            case when x[12:] in ('00:00', '00:00:00') then x[:10] else x[:10] || ' ' || (x[12:] || ':00')[:8] end
        else x end
    when x in ('SANT', 'true') then 'TRUE'
    when x in ('FALSKT', 'false') then 'FALSE'
    else x end;
create macro is_error(x) as (starts_with(x, '#') and upper(x) in ({", ".join(f"'{error}'" for error in ERRORS)}))
    or (starts_with(x, 'Err:') and regexp_full_match(x, '{ERROR_CODE}'));
create macro is_formula(x) as starts_with(x, '=') and not starts_with(x, '="');
create macro amount(x) as case
    when regexp_full_match(x, '{_PLAIN_AMOUNT}') then try_cast(replace(x, ',', '.') as decimal(18, 4))
    when regexp_full_match(x, '{NUMBER}|[-−]?0[0-9]+([.,][0-9]+)?') then try_cast(number_text(x) as decimal(18, 4)) end;
"""


class Engine:
    """A DuckDB of one piece of work. `folders` are the only ones it reads and writes; `work` is where it spills."""

    def __init__(self, work: Path, folders: Collection[Path] = (), *, tell: Tell | None = None, threads: int = THREADS) -> None:
        self.work, self.tell = work, tell
        self._from, self._to = 0.0, 1.0
        self._db = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": f"{MEMORY_MB}MB",
                "temp_directory": str(work),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._db.execute(_MACROS)
        allowed = ", ".join(literal(str(folder)) for folder in {work, *folders})
        self._db.execute(f"set allowed_directories = [{allowed}]")
        self._db.execute("set enable_external_access = false")
        self._db.execute("set lock_configuration = true")

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._db.close()

    def step(self, share: float) -> None:
        """Begin a step that is this share (0 to 1) of the whole work, after the previous steps."""
        self._from, self._to = self._to if self._to < 1 else 0.0, min(1.0, (self._to if self._to < 1 else 0.0) + share)

    def rows(self, sql: str, params: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the query's rows. While it runs, `tell` is called with the progress."""
        if self.tell is None:
            return self._db.execute(sql, params or {}).fetchall()
        return self._watched(sql, params or {})

    def one(self, sql: str, params: dict[str, Any] | None = None) -> tuple[Any, ...]:
        return self.rows(sql, params)[0]

    def report(self, done: float) -> None:
        """Report progress (0 to 1 of the step) of work outside DuckDB."""
        if self.tell is not None:
            self.tell(self._from + (self._to - self._from) * min(max(done, 0.0), 1.0))

    def _watched(self, sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        answer: list[tuple[Any, ...]] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                answer.extend(self._db.execute(sql, params).fetchall())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_POLL_SECONDS)
                self.report(self._db.query_progress() / 100)
        except BaseException:
            self._db.interrupt()
            thread.join()
            raise
        if errors:
            raise errors[0]
        return answer


def literal(text: str) -> str:
    """Return the text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
