"""Watched rules: switched on for a register, run on each new snapshot, and the alerts that a person weighs.

It may import monitoring's rules and models, and of registers what finds snapshots and their files. Begin reading in `work`,
which runs the rules, then `telling`, which decides what becomes of each alert; the verbs are in `watches` and `alerts`.
"""
