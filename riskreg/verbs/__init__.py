"""The parts of every verb: workflow tables, refusals, and two people at once.

The room may import access, models and the ground floor, and no capability (contract rooms-of-riskreg). Begin reading
in `workflow`, then `errors`.
"""
