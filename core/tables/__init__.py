"""Reading the tables that people have: CSV of any spreadsheet program, and workbooks."""
