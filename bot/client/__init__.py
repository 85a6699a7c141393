"""Calls to WeChat and WeCom: time limits, bounded retries, shared tokens, and no secret in any error or log."""
