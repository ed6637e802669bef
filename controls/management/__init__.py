"""Commands of controls for `manage.py`; the only room besides the pages that may import every other. Begin in `commands`."""
