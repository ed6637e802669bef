"""Long work on uploaded files, done by the worker: each run has a folder of its own, and reads an upload that waits.

A kind of work is a queue of runs (controls.models.long_run) and the folder of its stored files below MEDIA_ROOT:

    WORKSHOP = Workshop(QUEUE, "populations")
    WORKSHOP.perform(run_id, WORK.__getitem__, "population__unit", "asked_by")

A run writes in one transaction, at its end; until then there is only a file in a folder of its own, which the next
attempt begins by emptying. So a worker that is killed leaves nothing half done. A run that the disk has no room for waits, with
its upload and for as long as it takes, and says so.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from controls.data_files.disk import has_room, is_full
from controls.data_files.engine import THREADS, Engine, Tell
from controls.data_files.problems import Unreadable
from controls.data_files.table import file_hash
from controls.models.long_run import LongRun
from riskreg import clock
from riskreg.access.verbs import NotPermitted
from riskreg.models.author import Author
from riskreg.verbs.errors import Refused
from riskreg.work_queue import MOST_ATTEMPTS, Queue, TakenOver

PARTS = 1000
"""The whole of a run, as its progress counts."""
_WAITED = "waited_for_room"
"""The argument of a run that counts the attempts for which the disk had no room."""

R = TypeVar("R", bound=LongRun)


def asked_by(by: Author) -> dict[str, Any]:
    """Return the fields of a run that is asked for now: by whom and for whom, when, and how much there is to do."""
    now = clock.now()
    return {"asked_by": by.user, "asked_for": by.acting_for, "asked_at": now, "seen_at": now, "total": PARTS}


Work = Callable[[R, Engine], None]


class Failed(Exception):
    """The run cannot succeed however often it is tried; the message says why to a person."""


@dataclass(frozen=True, slots=True)
class Workshop(Generic[R]):
    """The place of one kind of long work: its queue, and the folder of its files below MEDIA_ROOT."""

    queue: Queue[R]
    folder: str
    runs: str = "run"
    """The name of a run's folder before its number: two kinds of runs in one folder have two."""
    threads: int = THREADS
    """Of the engine that performs a run."""

    @property
    def root(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.folder

    def ask(self, *, by: Author, limit: int, size: int, arguments: dict[str, Any], **of: Any) -> R:
        """Queue a run that makes a stored file. Raises IntegrityError when another one is open for what it is `of`.

        One of at most `limit` bytes or rows is small: whoever asks waits for it.
        """
        file = f"{self.folder}/{uuid.uuid4().hex}.parquet"
        with transaction.atomic():
            return self.queue.model._default_manager.create(
                **of, **asked_by(by), arguments={**arguments, "file": file, "is_small": size <= limit}
            )

    def folder_of(self, run: R) -> Path:
        """Return the folder of the run's own files."""
        return self.root / "work" / f"{self.runs}-{run.pk}"

    def source_of(self, run: R) -> Path:
        """Return the path of the upload that the run reads."""
        return self.root / "incoming" / Path(run.upload).name

    def uploaded_file(self, run: R, sha256: str) -> Path:
        """Return the path of the upload that the run reads. Raises Failed when it is missing, or not the one with the hash."""
        path = self.source_of(run)
        if not path.exists():
            raise Failed(_("The uploaded file is missing. Upload it again."))
        if file_hash(path) != sha256:
            raise Failed(_("The uploaded file has been changed since it was uploaded. Nothing is read from it: upload it again."))
        return path

    @contextmanager
    def holding(self, run: R) -> Iterator[None]:
        """Delete the attempt's folder at the end of the block, whatever happens."""
        try:
            yield
        finally:
            shutil.rmtree(self.folder_of(run), ignore_errors=True)

    @contextmanager
    def open_engine(self, run: R) -> Iterator[Engine]:
        """Open the run's engine in an empty folder."""
        folder = self.folder_of(run)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        tell = self.queue.telling(run)
        with Engine(folder, [self.root], tell=lambda share: tell(int(share * PARTS)), threads=self.threads) as engine:
            yield engine

    @contextmanager
    def scratch_engine(self, *, tell: Tell | None = None, within: Path | None = None) -> Iterator[Engine]:
        """Open an engine on the stored files, for as long as something is done with them; its folder goes with it.

        `within`: another folder for it, a run's own.
        """
        scratch = within or self.root / "work"
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=scratch) as work, Engine(Path(work), [self.root], tell=tell) as engine:
            yield engine

    def cancel(self, run: R) -> bool:
        """Cancel an open run; return False when it had ended already.

        Its worker notices within a second and leaves nothing behind.
        """
        if not self.queue.cancel(run):
            return False
        self.clear(run)
        return True

    def end(self, run: R, state: str, problem: str) -> None:
        """End the run with a state and a problem, if it is still this attempt's."""
        if self.queue.end(run, state, problem=problem):
            self.clear(run)

    def clear(self, run: R) -> None:
        """Delete the upload, which is of no use once its run has ended."""
        if run.upload:
            self.source_of(run).unlink(missing_ok=True)

    def perform(self, run_id: int, work_of: Callable[[R], Work[R]], *related: str) -> bool:
        """Perform the run, once; return False when it is done, cancelled, or another worker has it."""
        run = self.queue.claim(run_id, *related)
        if run is None:
            return False
        with translation.override(run.asked_by.language if run.asked_by else settings.LANGUAGE_CODE):
            return self._perform(run, work_of)

    def _perform(self, run: R, work_of: Callable[[R], Work[R]]) -> bool:
        failed: Any = LongRun.State.FAILED
        waited = int(run.arguments.get(_WAITED, 0))
        if waited and not has_room(self.root):
            self._wait_for_room(run, waited)
            return False
        if run.problem:
            self.queue.mine(run).update(problem="")
        if run.attempt - waited > MOST_ATTEMPTS:
            self.end(run, failed, _("It was tried %(count)d times and the worker died each time.") % {"count": MOST_ATTEMPTS})
            return True
        try:
            with self.open_engine(run) as engine, self.holding(run):
                work_of(run)(run, engine)
        except TakenOver:
            return False
        except Unreadable as error:
            self.end(run, failed, error.message)
        except (Failed, Refused, NotPermitted) as error:
            self.end(run, failed, str(error))
        except BaseException as error:
            # Unknown: left as running, so that it is taken up again; the worker's log has the trace.
            self.queue.leave(run)
            if is_full(error):
                self._wait_for_room(run, waited)
            raise
        return True

    def _wait_for_room(self, run: R, waited: int) -> None:
        """Leave the run to be taken up again, with the reason on its page; no worker died over it."""
        said = _(
            "The server's disk is full. Nothing was stored, and the file that came is kept. Tell the system administrator, who "
            "frees some room: then it is done by itself, within a few minutes."
        )
        self.queue.mine(run).update(problem=said, arguments={**run.arguments, _WAITED: waited + 1})
        self.queue.leave(run)
