"""Pages of sampling: population, design, sample, items, work file, proof.

They may import what every page may (controls.views). Begin reading in `population`, then `design` and `sample`.
"""
