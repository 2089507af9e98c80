"""What is sold, paid and comes back adds up to the cent, at the prices that the shop allows."""
