// The connection: server-sent events, and coming back after they end.

const patience = 5_000; // ms without a tick, beyond the interval, until the data counts as stale
const toBegin = 60_000; // ms until the first tick, which may be some megabytes

// connect calls on.hello and on.tick with what the server says, and on.state with
// "connecting", "live" or "lost". It never gives up.
export function connect(on) {
  let source, timer, tries = 0, interval = 1000;

  const lost = () => {
    source.close();
    clearTimeout(timer);
    on.state("lost");
    timer = setTimeout(open, Math.min(1000 * 2 ** tries++, 10_000));
  };
  const alive = (until = interval + patience) => {
    clearTimeout(timer);
    timer = setTimeout(lost, until);
  };

  const open = () => {
    source = new EventSource("stream");
    source.addEventListener("hello", (e) => {
      const hello = JSON.parse(e.data);
      interval = hello.interval || interval;
      on.hello(hello);
      alive(toBegin);
    });
    source.addEventListener("tick", (e) => {
      tries = 0;
      alive();
      on.state("live");
      on.tick(JSON.parse(e.data));
    });
    // A browser comes back by itself after some errors and not after others: so never let it.
    source.addEventListener("error", lost);
    alive();
  };

  on.state("connecting");
  open();
  addEventListener("online", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    open();
  });
}
