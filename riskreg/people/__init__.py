"""People: deputies, and handing over when somebody leaves.

The room may import verbs, access, models, the web room and the ground floor, but no other capability (contract
rooms-of-riskreg). Begin reading in `deputies`, then `handing_over`.
"""
