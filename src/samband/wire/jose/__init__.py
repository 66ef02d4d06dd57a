"""Token and metadata shapes of server-to-server OAuth."""
