"""Figures for papers, in Matplotlib: results in, figure out; nothing of the interface."""
