"""What is checked of the product as a whole: of its code, schema, statements, responses and pages."""
