"""What a schedule says about itself: who waited for what, what idled and why, and what its bound rests on."""
