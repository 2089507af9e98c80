"""References for the product: servers that do the same work and nothing else, each as small as is fair."""
