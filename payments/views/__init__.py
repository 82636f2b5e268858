"""The pages of payments: a participant's own, the desk of finance, and the managers' funnel."""
