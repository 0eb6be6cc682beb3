"""What changed: the few sentences a week that hold beyond chance, each with how we know."""
