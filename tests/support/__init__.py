"""What tests share: databases, builders of rows, people."""
