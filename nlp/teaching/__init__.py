"""How the models are taught: from example sentences to the artefact. Needed by `python -m nlp.train` alone."""
