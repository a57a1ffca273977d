"""`headgate up`: everything on this machine, by one command."""

from contextlib import ExitStack
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Annotated

import typer

from events import topics as catalogue
from headgate import context, ui
from headgate.board import Board, PlainBoard, TerminalBoard
from headgate.roles import setting_up
from headgate.roles.broker import BrokerKeeper
from headgate.roles.up import Terms, Up, roles
from infra import logs
from infra.child import LOG_BYTES_MAX
from infra.folder import FolderLock
from infra.health import Health
from infra.health_server import HealthServer
from infra.kafka import LocalKafka
from infra.settings import Settings
from streams import topics

app = typer.Typer()


@app.command()
def up(
    ctx: typer.Context,
    workers: Annotated[int | None, typer.Option(min=0, help="Worker processes (worker.processes).")] = None,
    *,
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Play the ad platforms too; what is configured rests.")
    ] = False,
    localnet: Annotated[
        bool, typer.Option("--localnet", help="Play Solana too, and move money on it.")
    ] = False,
) -> None:
    """Start Kafka and every role on this machine, and keep them running until Ctrl-C.

    All data is in one folder. Whatever dies is restarted. Ctrl-C drains; a second one ends all at once.
    """
    settings = context.settings(ctx)
    if localnet:
        setting_up.refuse_two_chains(settings)
    logs_dir = settings.data_dir / "logs"
    health = Health("up")
    with ExitStack() as stack:
        stack.enter_context(FolderLock(settings.data_dir))
        board = _board(settings, logs_dir, stack)
        port = settings.telemetry.http_port
        server = stack.enter_context(HealthServer(health, host=settings.telemetry.host, port=port))
        logs.get(__name__).info("up.serving", http=server.url)
        broker = _start_kafka(settings, board, stack)
        with board.step("Topics"):
            topics.apply(settings.kafka_conf(), catalogue.load(), settings.environment)
        missing = None if simulator else setting_up.missing(settings)
        if missing is not None:
            board.say(missing)
        everything = Up(
            roles(
                context.options(ctx),
                workers=settings.worker.processes if workers is None else workers,
                simulator=simulator,
                localnet=localnet,
                chain=bool(settings.chain.rpc_urls),
                env=setting_up.simulated(settings) if simulator else None,
            ),
            board=board,
            health=health,
            broker=broker,
            terms=Terms(logs_dir, drain_timeout_ms=_drain_timeout_ms(settings)),
        )
        context.on_end_signals(everything.interrupt)
        everything.run()


def _drain_timeout_ms(settings: Settings) -> int:
    return max(settings.worker.drain_timeout_ms, settings.executor.drain_timeout_ms)


def _board(settings: Settings, logs_dir: Path, stack: ExitStack) -> Board:
    """Choose the table on a terminal, log lines elsewhere."""
    console = ui.stdout()
    level, form = settings.logs.level, settings.logs.format
    if not console.is_terminal or form == "json":
        logs.configure(level=level, format=form, role="up")
        return PlainBoard()
    logs_dir.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(logs_dir / "up.log", maxBytes=LOG_BYTES_MAX, backupCount=1)
    stack.callback(file.close)
    logs.configure(level=level, format="json", role="up", handler=file)
    return TerminalBoard(console)


def _start_kafka(settings: Settings, board: Board, stack: ExitStack) -> BrokerKeeper | None:
    """Start the embedded Kafka, unless the settings name another one."""
    if settings.kafka.bootstrap is not None:
        return None
    brokers = 3 if settings.environment == "three-brokers" else 1
    kafka = LocalKafka(
        settings.data_dir / settings.KAFKA_FOLDER,
        brokers,
        port=settings.kafka.port,
        heap_mib=settings.kafka.heap_mib,
    )
    stack.callback(kafka.stop)
    with board.step("Kafka") as tell:
        kafka.start(progress=tell)
    return BrokerKeeper(kafka, board, brokers=brokers)
