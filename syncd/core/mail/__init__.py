"""What a message is: whose it is, what kind it is, and which exchange it belongs to."""
