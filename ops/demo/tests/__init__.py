"""The demo shop starts, and its story adds up."""
