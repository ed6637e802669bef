"""Controls: what is done about a risk, when, and with what result, built on riskreg.

Its rooms are layered in pyproject.toml (contract rooms-of-controls), pages on top and models at the bottom; all may
import riskreg, which never imports controls. Begin reading in `models`, then `transitions`, then `follow_ups`.
"""
