"""Measurements anyone can rerun; results stand beside them."""
