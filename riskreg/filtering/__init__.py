"""Filters over risks, shared by the list, the heatmap and the files, with the choices they offer.

The room may import access, models, verbs, the web room and the ground floor, but no other capability (contract
rooms-of-riskreg); controls extends its filters. Begin reading in `risks`, then `choices`; `history` serves the pages
that look back.
"""
