"""Whether somebody gets a message, and when: the gate, and the hours in which nobody is written to."""
