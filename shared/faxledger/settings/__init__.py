"""What each function is told by its deployment, as a frozen object; the environment is read nowhere else.

A module for each group of functions, so that a callback loads its own settings and no others. What is about
one provider stands in its folder.
"""
