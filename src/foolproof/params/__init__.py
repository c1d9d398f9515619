"""The typed schema of params.yaml, one module a group of stages.

A stage imports only the sections that it reads, so that a new section of one group does not make
the stages of another run again; `schema` composes them, and the stage `check_params` holds the
whole file against it before anything else runs.
"""
