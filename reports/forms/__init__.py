"""Paper forms drawn from their templates. Takes what ``brigade/forms`` says, gives PDF; reads no database."""
