"""Each page of the shop shows what the API answers, and its forms call the same services."""
