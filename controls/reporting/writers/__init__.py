"""Writers of report files: JSON, Excel, HTML, PDF and Word, each from a Paper.

A writer may import `controls.reporting.paper`, its neighbours here and the ground floor of riskreg, but no kind of
report (contract rooms-of-controls covers the room). Begin reading in `registry`, then `as_json`, the shortest writer.
"""
