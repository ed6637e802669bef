"""The heatmap of risks: today's, on any day of the past, across years, and its drawing.

The room may import access, models, verbs, the web room, charts and the ground floor, but no other capability
(contract rooms-of-riskreg). Begin reading in `cells`, which counts; then `drawing`; `as_of` and `codes` look back in
time.
"""
