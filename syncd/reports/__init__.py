"""Reports: figures from the state as one document, and that document as pages, charts and CSV."""
