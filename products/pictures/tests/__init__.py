"""Pictures are stored, scaled and shown to their shop alone."""
