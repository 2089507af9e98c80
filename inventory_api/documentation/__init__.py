"""The pages at /docs/: the Markdown files of the repository as HTML, with a search."""
