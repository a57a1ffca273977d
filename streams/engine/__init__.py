"""A Faust transport driver with one Kafka transaction a round; as a library it knows nothing of Headgate.

``EngineApp(options)`` is a Faust app; ``app.batches(topic)`` and ``app.table(name, source=topic)`` are its
topics and tables; an agent reads batches, changes its table and sends, and all of it happens once.
"""
