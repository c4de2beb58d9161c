"""Small bugs, planted one at a time: the nets must catch every one (`make mutants`)."""
