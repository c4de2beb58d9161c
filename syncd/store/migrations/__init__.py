"""How the schema came to be what `syncd.store.schema` says, one step a file."""
