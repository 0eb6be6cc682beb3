"""Rewards: points become a code that one customer can use once."""
