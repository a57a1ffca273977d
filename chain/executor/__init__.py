"""Brings movements of money about on chain: intent, signed bytes made durable, sent, proved."""
