"""What makes the shops of the tests: people, products, papers, files and rows of every other kind."""
