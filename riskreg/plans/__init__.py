"""Plans and the risks in them: made, changed, adopted, revised, carried over.

The room may import verbs, access, models, the web room and the ground floor, but no other capability (contract
rooms-of-riskreg). Begin reading in `transitions`, then `life` and `risks`.
"""
