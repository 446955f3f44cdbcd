"""Who takes part in state grants and who gets the money? (Built by a later issue.)"""
