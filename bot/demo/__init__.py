"""A made-up district to try the bot with: real places of Taicang, invented organisations and people."""
