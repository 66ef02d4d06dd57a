"""Show the six steps and the features each person has."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None: ...
