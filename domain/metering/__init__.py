"""What the treasury is told of campaigns that are paid from pots: what they have cost, and soon will."""
