"""Data files of populations: any upload becomes one stored table (Parquet), which can be profiled, checked and hashed.

The room may import controls' models and riskreg, and no other room of controls (contract rooms-of-controls). Begin
reading in `reading`, then `table`; `content` defines keys and hash.
"""
