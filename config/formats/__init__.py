"""Formats of dates and numbers by language, where Django's own differ from what is usual in Sweden.

The modules hold constants that Django reads, and import nothing. Begin reading in `sv.formats`.
"""
