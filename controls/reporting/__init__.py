"""Reports: their kinds, their content as a Paper, the files that writers make of it, and handing in.

The room may import follow-ups, checks, the methods' rooms, models and riskreg, but no pages and no jobs (contract
rooms-of-controls). Begin reading in `paper` and `kinds.kind`, then `writers.registry`; `handing_in` fixes a report
for good.
"""
