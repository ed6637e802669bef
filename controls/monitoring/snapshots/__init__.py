"""Snapshots: a register's file as a stored table with known columns, and the differences between two of them.

A snapshot is one Parquet file: the cells as they came (c0, c1 …, row, as controls.data_files.reading writes them), and
beside them `key` and a column of its own type for each field of the register's kind. Begin reading in `reading`.
"""
