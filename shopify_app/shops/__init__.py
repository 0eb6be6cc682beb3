"""Shops: who installed us, with which permissions, tokens and keys."""
