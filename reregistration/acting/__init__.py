"""The pages on who acts for an organisation: claiming one, its people, “My organisations”."""
