"""What does a laptop need beside the portal itself? Its own servers, and a way to run it all."""
