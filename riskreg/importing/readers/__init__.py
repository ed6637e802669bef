"""One reader per file format; each turns bytes into `cells.Table`s and nothing else.

Readers import only the import's files for cells, colours, text and limits, and the libraries of their format. Begin
reading in `csv`, the simplest of them; `riskreg.importing.tables` chooses the reader.
"""
