"""Has each organisation filed again by its deadline, and what happens if not?"""
