"""Graders say how right an answer is: one file a grader, found by its name, which is what a suite's cases state."""
