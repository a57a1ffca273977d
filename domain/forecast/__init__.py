"""Learns what each hour of a campaign's week costs, and says how sure that is; pure and in integers."""
