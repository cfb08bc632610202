"""Who belongs where: units and their dated tree, members, posts, deputies, and the roster that brings them in."""
