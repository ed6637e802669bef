"""Pages of analysis. They may import what every page may (controls.views). Begin reading in `trend`."""
