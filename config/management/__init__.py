"""Commands of the product as a whole, for `manage.py`; they may import everything. Begin reading in `commands.run`."""
