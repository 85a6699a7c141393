"""What is remembered: tables, queries and rules, one noun a file; all SQL of the program lives here."""
