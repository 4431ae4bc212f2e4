"""The threads of the monitor.

Acquisition conditions the signal and cuts windows; inference scores them; the desk decodes,
raises alarms and writes the log. Each object belongs to one thread; they meet in bounded queues
only. What is shown goes out through a :class:`~monitor.listener.Listener`, called from these
threads.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable

from core.conditioning import Conditioner
from core.config import Config
from core.detector import WindowScorer
from core.types import Chunk, Gap, QualityReport, Window
from core.window import Windower
from monitor.alarm import Alarm
from monitor.archive.recording import RecordingMessage, SessionRecording
from monitor.desk import Backlog, Desk, Interrupted, Rearmed
from monitor.disk import DiskWatch
from monitor.due import DueWindows
from monitor.explaining import Explainer, Silent
from monitor.failover import FailoverScorer
from monitor.inbox import Inbox
from monitor.listener import Listener, Recorder
from monitor.orders import Acknowledge, Order
from monitor.sources.base import Source

__all__ = ["Acknowledge", "Pipeline"]

_INBOX_ITEMS = 256

_END, _LEAVE = object(), object()
"""Nothing more will come from inference; the operator has left the desk."""


class Pipeline:
    """All threads of one session.

    Parameters
    ----------
    source
        Where the signal comes from.
    config
        Everything that can be set.
    scorer
        The network.
    recorder
        Where steps are kept; used by the desk thread only, until :meth:`join` returns.
    listener
        Whoever shows what happens.
    disk
        Watches the room for the session; None: nobody does.
    first_alarm_id
        Number of the first alarm; a session that is taken up again counts on.
    recording
        Writes the raw stream; it is started and closed here. None: nothing is recorded.
    explainer
        Finds out what alarms go back to; it is started and closed here.

    Raises
    ------
    MontageError, SignalError
        Where the source cannot be monitored.
    """

    def __init__(
        self,
        source: Source,
        config: Config,
        scorer: WindowScorer,
        recorder: Recorder,
        listener: Listener,
        disk: DiskWatch | None = None,
        first_alarm_id: int = 1,
        recording: SessionRecording | None = None,
        explainer: Explainer | Silent = Silent(),  # noqa: B008 - it has no state
    ) -> None:
        self._source = source
        self._config = config
        self._inbox = Inbox(
            _INBOX_ITEMS, lambda: self._desk_thread.is_alive() and not self._failed.is_set()
        )
        self._put = self._inbox.put
        self._scorer = FailoverScorer(scorer, self._put)
        self._recording = recording
        self._explainer = explainer
        # Never full, so that recording waits for nobody; it says little.
        self._recorded: queue.SimpleQueue[RecordingMessage] = queue.SimpleQueue()
        self._listener = listener
        self._conditioner = Conditioner(source.info, config)
        self._windower = Windower(
            config.window_samples, config.stride_samples, config.normalisation.clip_sigma
        )
        self._due = DueWindows(config.inference.queue_windows)
        keep = None if recording is None else recording.put_probability
        self._desk = Desk(
            source.info, config, recorder, listener, lambda: self._due.n_windows, disk,
            first_alarm_id, keep, explainer.explain,
        )  # fmt: skip
        if recording is not None and disk is not None:
            disk.expect(recording.bytes_per_s)
        self._error: BaseException | None = None
        self._error_lock = threading.Lock()
        self._failed = threading.Event()
        self._ended = threading.Event()
        self._stay = False
        # In this order they start, so that the desk is there when the first message comes.
        self._threads = [
            threading.Thread(target=self._guard, args=(run,), name=f"vigil-{name}", daemon=True)
            for name, run in (
                ("desk", self._attend),
                ("inference", self._infer),
                ("acquisition", self._acquire),
            )
        ]
        self._desk_thread = self._threads[0]
        self.notes = self._conditioner.notes
        self.detection = self._desk.detection
        self.inference_s: list[float] = []
        self._began_s = self._ended_s = 0.0

    @property
    def engine(self) -> str:
        """What scores now; another one than at first where the GPU was lost."""
        return self._scorer.current.name

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All alarms of the session, once it has ended."""
        return self._desk.alarms

    @property
    def explains(self) -> bool:
        """Whether it is found out what alarms go back to."""
        return isinstance(self._explainer, Explainer)

    @property
    def analysis_s(self) -> float:
        """How long it took from the start until all of the stream was decoded and logged, s.

        What comes behind, such as waiting for explanations of the last alarms, does not count.
        """
        return self._ended_s - self._began_s

    @property
    def is_alive(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    @property
    def has_ended(self) -> bool:
        """Whether the stream is over and all of it is decoded and logged, or a thread failed."""
        return self._ended.is_set() or self._failed.is_set()

    @property
    def failure(self) -> str:
        """What a thread failed with, in one line; empty while all is well."""
        return "" if self._error is None else f"{self._error}" or type(self._error).__name__

    def start(self, *, stay: bool = False) -> None:
        """Start all threads.

        Parameters
        ----------
        stay
            Whether the desk goes on attending to the operator behind the end of the stream, until
            :meth:`leave`.
        """
        self._stay = stay
        self._began_s = time.perf_counter()
        if self._recording is not None:
            self._recording.connect(self._recorded.put)
            self._recording.start()
        self._explainer.start(self._put)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask the source to end; what has arrived is still scored and logged."""
        self._source.stop()
        self._explainer.hurry()

    def leave(self) -> None:
        """Let the desk end once the stream is over."""
        self._put(_LEAVE)

    def tell(self, message: Order) -> None:
        """Hand the desk a message; safe from any thread."""
        self._put(message)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; return whether all threads have ended.

        Raises
        ------
        BaseException
            What a thread failed with, once all have ended.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._threads:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            thread.join(left)
        if self.is_alive:
            return False
        if self._error is not None:
            raise self._error
        return True

    def _guard(self, run: Callable[[], None]) -> None:
        """Run a thread; when it fails, keep the first error and let the others end."""
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - handed to the main thread by join
            with self._error_lock:
                self._error = self._error or error
            self._failed.set()
            self._source.stop()
            self._due.cancel()

    # acquisition thread -----------------------------------------------------------------------

    def _acquire(self) -> None:
        for received in self._source.chunks():
            if isinstance(received, Chunk):
                if self._recording is not None:
                    self._recording.put(received, wait=self._source.can_wait)
                for item in self._conditioner.push(received):
                    self._take(item)
            else:
                self._put(received)
            if self._failed.is_set():
                return
        for item in self._conditioner.flush():
            self._take(item)
        self._hand_on(self._windower.flush())
        self._due.close()

    def _take(self, item: Chunk | Gap | QualityReport) -> None:
        if isinstance(item, QualityReport):
            self._put(item)
            return
        if isinstance(item, Gap):
            self._put(Interrupted(item))
            self._listener.on_gap(item)
        else:
            self._listener.on_chunk(item)
        armed_before = self._windower.samples_to_first_window == 0
        windows = self._windower.push(item)
        missing = self._windower.samples_to_first_window
        if not armed_before or missing:
            self._listener.on_arming(missing / self._config.conditioning.sfreq)
        if not armed_before and not missing and not isinstance(item, Gap):
            self._put(Rearmed(item.stop_sample))
        self._hand_on(windows)

    def _hand_on(self, items: Iterable[Window | Gap]) -> None:
        for item in items:
            # Replay at full speed always fills the queue: the file waits, nobody is behind.
            if isinstance(item, Window) and self._source.keeps_time and self._due.is_full:
                self._put(Backlog(item.start_sample + item.n_valid, self._due.n_windows))
            self._due.put(item, wait=self._source.can_wait)

    # inference thread -------------------------------------------------------------------------

    def _infer(self) -> None:
        self._scorer.reset()
        while (item := self._due.get()) is not None:
            if isinstance(item, Window):
                began = time.perf_counter()
                self._explainer.keep(item)
                self._put(self._scorer.score(item))
                self.inference_s.append(time.perf_counter() - began)
                if self._due.n_windows == 0:
                    self._put(Backlog(item.start_sample + item.n_valid, 0))
            else:
                self._put(item)
        # Not behind a failure: a stream that broke off decides nothing about alarms that stand.
        self._put(_END)

    # desk thread ------------------------------------------------------------------------------

    def _attend(self) -> None:
        try:
            self._serve()
        finally:
            # Whatever has failed: what was recorded so far is whole.
            if self._recording is not None:
                self._recording.close()
            self._explainer.close()
        self._hear_recording()

    def _serve(self) -> None:
        while not self._failed.is_set():
            self._desk.tick()
            self._hear_recording()
            message = self._inbox.get()
            if message is _LEAVE:
                self._stay = False
            elif message is _END:
                self._desk.end()
                self._ended_s = time.perf_counter()
                self._ended.set()
            elif message is not None:
                self._desk.handle(message)
            if self._ended.is_set() and not (self._stay or self._explainer.is_worth_waiting()):
                undone = self._explainer.close()
                # What the operator said while the last window was being scored.
                for message in (*self._inbox.rest(), *undone):
                    self._desk.handle(message)
                return

    def _hear_recording(self) -> None:
        while not self._recorded.empty():
            self._desk.handle(self._recorded.get())
