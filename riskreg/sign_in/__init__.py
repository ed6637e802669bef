"""Signing in: throttled attempts, the session's user with their roles, and the letter for a new password.

The room may import verbs, access, models, the web room and the ground floor, but no other capability (contract
rooms-of-riskreg). Begin reading in `throttle`.
"""
