"""What all features share: routes, requests and replies, blocks, formats and words."""
