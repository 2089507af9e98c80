"""An agent's tools read and book as the API does, and a worker's agent can do no more than the worker."""
