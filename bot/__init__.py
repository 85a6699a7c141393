"""Everything that touches the outside world: the web server, WeChat, the clock, the terminal."""
