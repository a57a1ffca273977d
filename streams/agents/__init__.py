"""The agents, each a name, a topic, a table and a decider."""

from streams.agents.account import ACCOUNT
from streams.agents.treasury import TREASURY

ALL = (ACCOUNT, TREASURY)
