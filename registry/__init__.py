"""Which organisations are there, what does the register say of them, and since when?"""
