"""The only place that starts llama.cpp: its programs, their output, its server and its file format."""
