import type { Connection, Status } from "../connection/connection.ts";
import type { Hello, Welcome } from "../protocol/frames.ts";
import type { Identity } from "./kept/identity.ts";
import type { Outcome } from "./model.ts";

const nameRefusals: ReadonlySet<string> = new Set(["name_missing", "name_invalid", "name_taken"]);

/** What a session tells the chat around it. */
interface SessionHost {
  /** This is who one is; told at a reload before the server answers, and again when it does. False when it is as before. */
  become: (me: { user: string; sender: string }, session: string) => void;
  /** The revs to name. */
  known: () => Readonly<Record<string, number>>;
  /** The name was refused: nobody is here. */
  refused: () => void;
}

/** Entering and leaving: a name, a session, and the connection in their name. */
export class Session {
  private entering: { user: string; settle: (outcome: Outcome) => void } | null = null;
  private user: string | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly identity: Identity,
    private readonly host: SessionHost,
  ) {
    connection.onWelcome.add((welcome) => this.welcomed(welcome));
    connection.onStatus.add((status) => this.followed(status));
  }

  async enter(user: string): Promise<Outcome> {
    if (this.user === user && this.connection.status.state === "online") return { ok: true };
    this.settle({ ok: false, error: { code: "superseded", message: "Another name was chosen meanwhile." } });
    const outcome = new Promise<Outcome>((settle) => (this.entering = { user, settle }));
    const { entering } = this;
    this.user = user;
    const session = await this.identity.session();
    if (this.entering !== entering) return outcome; // another enter(), or leave(), came meanwhile
    const kept = this.identity.kept();
    const sender = this.identity.sender(user);
    if (kept?.here && kept.user === user && sender !== null) this.host.become({ user, sender }, session);
    this.connection.start((): Hello => ({ type: "hello", user, session, channels: this.host.known() }));
    return outcome;
  }

  leave(): void {
    this.settle({ ok: false, error: { code: "left", message: "The chat was left." } });
    if (this.user !== null) this.identity.forget(this.user);
    this.user = null;
    this.connection.stop();
  }

  private welcomed(welcome: Welcome): void {
    this.identity.welcomed(welcome.user, welcome.sender);
    this.user = welcome.user;
    this.host.become({ user: welcome.user, sender: welcome.sender }, welcome.session);
  }

  private followed(status: Status): void {
    if (status.state === "online") this.settle({ ok: true });
    if (status.state !== "ended") return;
    if (nameRefusals.has(status.code)) {
      this.identity.refused();
      this.host.refused();
    }
    this.settle({ ok: false, error: { code: status.code, message: status.message } });
  }

  private settle(outcome: Outcome): void {
    this.entering?.settle(outcome);
    this.entering = null;
  }
}
