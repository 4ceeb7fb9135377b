"""What the desk does: one public method is one use case and one transaction."""
