"""Pages of indicators: the series side by side, one series, values in, definitions, and the indicators of a control."""
