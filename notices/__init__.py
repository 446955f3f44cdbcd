"""What was said to whom, when, and can it be proved?"""
