"""The demonstration's registers: suppliers, companies, ledger, agreements, systems, operations, in three months' snapshots.

Everything is made up and follows from a seed. `town` makes what is in order, `faults` plants what rules are to find and what
only looks like it, `files` writes each month as the files that municipalities get, `chapter` feeds them in.
"""
