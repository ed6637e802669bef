"""The head of the trail anchored outside the register: in an append-only file of signed lines, and by RFC 3161 time stamps.

`making` asks for the anchors and makes them, `checking` verifies those that the register remembers and copies that somebody
kept. Read `lines` (the file) and `stamps` (the time stamps) for the formats; docs/trail-anchors.md tells what they prove.
"""
