"""A client of the Janus WebRTC server, which carries the sound and the pictures of meetings."""
