"""Access: the rights of roles, and the visibility of units and risks.

The room shares its floor with the models and may import them and the ground floor (contract rooms-of-riskreg). Begin
reading in `verbs` for the roles, then `grants` and `sight`.
"""
