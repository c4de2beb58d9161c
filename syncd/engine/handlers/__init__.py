"""How each kind of action is sent, what follows when it is done, and how it is found again."""
