"""The feed has every event once, in order, and none is skipped."""
