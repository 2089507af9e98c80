"""Support staff find accounts and change only what they may."""
