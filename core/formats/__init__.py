"""The formats in which templates write dates and times: see FORMAT_MODULE_PATH in the settings."""
