"""Every route refuses foreign rows and roles without the right, and the published READMEs hold."""
