"""What the product is compared with: servers that do the same and nothing else, each as small as it can honestly be."""
