"""Pages of reports and their files. They may import what every page may (controls.views). Begin reading in `report`."""
