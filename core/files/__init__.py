"""Read tables from CSV files of any spreadsheet program and from workbooks, and pictures. Write tables and PDF."""
