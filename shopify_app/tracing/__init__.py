"""One order's walk through the app, told from what is stored, with the code that did each step."""
