"""What all features share: routes, what was asked, what is answered, blocks, formats and words."""
