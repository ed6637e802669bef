"""The admin of riskreg, and the base classes on which both apps build theirs.

It stands on the top floor and may import every room of riskreg (contract rooms-of-riskreg). Begin reading in `base`,
then `verbs`.
"""

from riskreg.admin import deputyship, matrix, organisation, people, plan, references, risk

__all__ = ["deputyship", "matrix", "organisation", "people", "plan", "references", "risk"]
