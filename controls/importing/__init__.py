"""A file into a plan: `target` says where it goes, `changes` what it would change, `plan` does it, all or nothing.

Reading the file itself is riskreg.importing's; this part writes risks, controls and follow-ups together,
so it lives on the side that may know all three.
"""
