"""The pages of controls, by capability.

Views may import every room of controls but the admin, and riskreg (contract rooms-of-controls); they hold no rules of
their own. Begin reading in `follow_ups`.
"""
