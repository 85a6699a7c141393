"""What the `shezhu` command does: one group of commands a file; their words are in words.yaml beside them."""
