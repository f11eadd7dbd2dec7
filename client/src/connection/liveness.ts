import type { Clock, Timer } from "./environment.ts";

/** How long a connection may be silent before it is asked whether it lives, in milliseconds. */
const SILENCE = 30_000;

/**
 * Notices a connection that died without a word. A browser cannot see WebSocket pings, and a network that went away
 * closes nothing, so silence is answered with a `ping` request.
 */
export class Liveness {
  private heardAt = 0;
  private timer: Timer | null = null;
  private probing = false;
  private running = false;

  constructor(
    private readonly clock: Clock,
    /** Sends a ping and calls back once, with false when no pong came in time. */
    private readonly ping: (answered: (alive: boolean) => void) => void,
    private readonly dead: () => void,
  ) {}

  start(): void {
    this.running = true;
    this.probing = false;
    this.heard();
    this.watch(SILENCE);
  }

  stop(): void {
    this.running = false;
    this.timer?.cancel();
    this.timer = null;
  }

  /** A frame came. Costs no timer: the one that runs looks at when this was. */
  heard(): void {
    this.heardAt = this.clock.now();
  }

  /** Asks now: the page was asleep, or something is overdue. */
  probe(): void {
    if (!this.running || this.probing) return;
    this.probing = true;
    const askedAt = this.clock.now();
    this.ping((alive) => {
      this.probing = false;
      if (!this.running || alive) return;
      // A server that is slow to answer but sends all the same is not dead.
      if (this.heardAt <= askedAt) this.dead();
    });
  }

  private watch(ms: number): void {
    this.timer = this.clock.after(ms, () => {
      const silent = this.clock.now() - this.heardAt;
      if (silent < SILENCE) {
        this.watch(SILENCE - silent);
        return;
      }
      this.watch(SILENCE);
      this.probe();
    });
  }
}
