"""Pages of the year and its closings. They may import what every page may (controls.views). Begin reading in `year`."""
