"""How long records are kept, what keeps them longer, and how they go: by time, or because a person is erased."""
