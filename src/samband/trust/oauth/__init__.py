"""Server-to-server OAuth: who may call in whose name, between Exchange, Lync and their partners [MS-XOAUTH]."""
