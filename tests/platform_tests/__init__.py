"""Tests of the platform simulator itself."""
