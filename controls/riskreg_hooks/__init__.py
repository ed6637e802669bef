"""The part of controls in what riskreg does: plans, carrying over, handing over, timeline, visibility, triggers.

The room may import the methods' rooms, data files, models and riskreg, but no checks, reports or pages (contract
rooms-of-controls); controls.apps registers it at start-up. Begin reading in `plan_content`.
"""
