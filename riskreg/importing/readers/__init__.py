"""One reader per file format; each turns bytes into `cells.Table`s and nothing else."""
