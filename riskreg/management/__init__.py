"""Commands of riskreg for `manage.py`, with their common base; they may import every room of riskreg.

Begin reading in `explained_command`.
"""
