"""The SQL itself: which plans databases make of it."""
