"""What may everybody see, without signing in?"""
