"""Reserved stock is not sold to others, and is handed out or released once."""
