"""Pages people open in a browser: the demo chat, the residents' directory, the console of town and city staff."""
