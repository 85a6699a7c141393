"""A simulator of the WeChat platform for testing official-account and WeCom bots; see docs/simulator.md."""
