"""Pages of risks and plans that need controls. They may import what every page may (controls.views). Begin reading in `risk`."""
