/** One state of a message. */
export interface State {
  id: string;
  channel: string;
  seq: number;
  rev: number;
  user: string;
  text: string;
  at: number;
  edited?: number;
  deleted?: boolean;
}

/** One channel's log: every entry, so that what was true at an earlier rev can still be told. */
export class FakeLog {
  readonly entries: State[] = [];
  /** The current states, by id. */
  readonly states = new Map<string, State>();
  /** What was done under which nonce. */
  readonly done = new Map<string, { asked: string; state: State }>();
  seq = 0;
  /** Messages up to this seq are gone. */
  floor = 0;

  constructor(
    readonly name: string,
    readonly topic: string,
  ) {}

  get rev(): number {
    return this.entries.length;
  }

  post(user: string, id: string, text: string, at: number): State {
    this.seq++;
    return this.append({ id, channel: this.name, seq: this.seq, rev: this.rev + 1, user, text, at });
  }

  change(id: string, part: Partial<State>): State {
    const state = this.states.get(id);
    if (!state) throw new Error(`there is no message ${id}`);
    return this.append({ ...state, ...part, rev: this.rev + 1 });
  }

  /** The latest state of everything that changed after a rev, by rising rev. */
  since(rev: number): State[] {
    return [...this.states.values()].filter((state) => state.rev > rev).sort((a, b) => a.rev - b.rev);
  }

  /** All messages as they were `lag` revs ago, by seq. */
  messages(lag = 0): State[] {
    const states = new Map<number, State>();
    for (const state of this.entries.slice(0, this.entries.length - lag)) states.set(state.seq, state);
    return [...states.values()].filter((state) => state.seq > this.floor).sort((a, b) => a.seq - b.seq);
  }

  page(before: number | undefined, after: number | undefined, limit: number, lag: number) {
    const old = Math.min(lag, this.entries.length);
    const range = this.messages(old).filter((state) => state.seq < (before ?? Infinity) && state.seq > (after ?? 0));
    const oldest = after !== undefined && before === undefined;
    const page = oldest ? range.slice(0, limit) : range.slice(-limit);
    return {
      rev: this.rev - old,
      more: range.length > page.length,
      messages: page.map(({ edited, at, ...rest }) => ({
        type: "message",
        ...rest,
        at: new Date(at).toISOString(),
        ...(edited !== undefined && { edited: new Date(edited).toISOString() }),
      })),
    };
  }

  private append(state: State): State {
    this.entries.push(state);
    this.states.set(state.id, state);
    return state;
  }
}
