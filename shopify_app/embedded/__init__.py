"""Being inside the admin: ID tokens, the current shop and staff member, frame headers, the bounce page."""
