"""Read tables in the formats that people have: CSV of any spreadsheet program, and workbooks."""
