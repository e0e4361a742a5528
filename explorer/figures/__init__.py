"""Figures: arrays in, figure out; one file a family, colours in `theme`."""
