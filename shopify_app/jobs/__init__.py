"""Jobs: one resumable step function a task kind."""
