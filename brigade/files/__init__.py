"""Files of every kind: where they are kept, pictures with reports, what arrives in pieces, and what is swept away."""
