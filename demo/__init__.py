"""The one place that knows both programs: starts a development store and the app beside it, and acts as merchant."""
