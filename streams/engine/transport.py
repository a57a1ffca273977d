"""Registers the driver in Faust: ``txn://`` is a broker's address with one transaction a round."""

import confluent_kafka
from faust.transport import base
from faust.transport.drivers import TRANSPORTS

from streams.engine.consumer import RoundConsumer
from streams.engine.producer import StagingProducer

SCHEME = "txn"


class TransactionalTransport(base.Transport):
    """The driver's consumer and producer, as Faust asks for them."""

    Consumer = RoundConsumer
    Producer = StagingProducer
    driver_version = f"{SCHEME}/{confluent_kafka.version()}"


TRANSPORTS.aliases[SCHEME] = f"{__name__}:TransactionalTransport"
