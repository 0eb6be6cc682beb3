"""The one way to open what is sealed of a person, and the access log in words."""
