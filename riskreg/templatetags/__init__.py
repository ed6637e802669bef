"""Template tags of every page: tags of bands, states and conclusions, icons and meters. Begin reading in `presentation`."""
