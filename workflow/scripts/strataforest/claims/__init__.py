"""What a review's manuscript says of its results, held to the results at every run."""
