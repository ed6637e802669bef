"""The audit trail: the history in words, its sealing and verification, export, and weeding.

The room may import verbs, access, models, the web room and the ground floor, but no other capability (contract
rooms-of-riskreg). Begin reading in `reading` for the history in words, and in `seals` for what proves it.
"""
