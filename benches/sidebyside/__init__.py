"""The side-by-side bench: what is measured (rows), with which programs, in which order (turns), and how it is told."""
