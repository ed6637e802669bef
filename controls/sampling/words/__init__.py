"""Words for the statistics of sampling: designs, refusals and shares, in the reader's language.

The room may import `controls.sampling.statistics` and Django's translation, but no models and no verbs. Begin reading
in `design`.
"""
