"""Pages of checks and schedules. They may import what every page may (controls.views). Begin reading in `check`."""
