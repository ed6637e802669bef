"""The pages of riskreg: heatmap, risks, plans, history, signing in, and the auditors' trail.

Views may import every room of riskreg but the admin (contract rooms-of-riskreg), and hold no rules of their own;
config.urls hands them the filters of controls. Begin reading in `scope`, then `risks`.
"""
