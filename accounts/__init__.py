"""Who is this person, and what may they do at the ministry?"""
