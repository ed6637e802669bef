"""What series of indicators give as what backs a follow-up: which ones (choosing), what they say, and what was kept (method).

Registered with controls.follow_ups.backing when the app starts. Begin reading in `method`.
"""
