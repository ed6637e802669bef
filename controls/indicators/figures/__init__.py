"""What the figures of a series say: periods, status, reading, control chart. Pure: no framework, no clock.

The models' choices stand here as their values, as texts. Begin reading in `series`.
"""
