"""What a till has sold without a network is booked once, under its number."""
