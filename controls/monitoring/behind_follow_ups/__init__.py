"""How alerts back the follow-ups of the controls that watched rules were chosen for.

`choosing` chooses the rules, `episodes` (pure) says which alerts belong to a period, `period` reads what was watched and what
it gave, `words` says it, and `method` registers it with controls.follow_ups.backing. Begin reading in `method`. The room
may import what controls.monitoring may.
"""
