"""Add, list or remove partner applications: who is trusted with server-to-server tokens."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None: ...
