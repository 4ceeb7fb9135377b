"""Price adjustments: their life, the calculator, the policy, figures as people type them."""
