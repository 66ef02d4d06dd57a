"""Samband: one organisation's mail and real-time communication, joined."""
