"""From probabilities to values with their doubts: knows roster, calendar and the rules of numbers. Plain Python, no pixel."""
