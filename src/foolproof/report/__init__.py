"""The reports: Typst templates that read the metrics, and the one function that compiles them."""
