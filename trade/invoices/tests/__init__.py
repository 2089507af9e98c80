"""An invoice is what its sale has left, numbered without gaps and never changed; what comes back gets a credit note."""
