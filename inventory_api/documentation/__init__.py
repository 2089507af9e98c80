"""The pages at /docs/, which show the Markdown files of the repository as HTML and have a search."""
