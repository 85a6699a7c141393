"""Understanding: pure functions over a sentence; no database, no network, nothing remembered between two calls."""
