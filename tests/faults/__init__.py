"""What happens when things break: killed servers, retry storms, databases that go away."""
