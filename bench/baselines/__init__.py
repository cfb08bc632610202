"""The least that gives the same results, written by hand: floors to hold the product against. Never imports it."""
