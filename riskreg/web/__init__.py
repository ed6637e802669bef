"""The web room: middleware, checks of uploads, and numbers in addresses and forms.

It stands below the capabilities, beside verbs, and may import access, models and the ground floor (contract
rooms-of-riskreg). Begin reading in `middleware`.
"""
