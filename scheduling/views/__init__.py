"""The pages of scheduling, a module for each noun."""
