"""The methods of a review in words that a paper can take over: only what was done, all of it."""
