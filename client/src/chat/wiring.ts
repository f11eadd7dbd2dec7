import { Connection } from "../connection/connection.ts";
import type { Answer } from "../connection/requests.ts";
import { type Ack, type Ask, GENERAL, type Welcome } from "../protocol/frames.ts";
import { Channels } from "./channels.ts";
import type { ChatDeps } from "./deps.ts";
import { Identity } from "./kept/identity.ts";
import { Kept } from "./kept/kept.ts";
import { Delivery } from "./outbox/delivery.ts";
import type { Item } from "./outbox/item.ts";
import { Outbox } from "./outbox/outbox.ts";
import { Pace } from "./outbox/pace.ts";
import { Queue } from "./outbox/queue.ts";
import { Publisher } from "./publisher.ts";
import { Reading } from "./reading.ts";
import { Session } from "./session.ts";
import { Visit } from "./visit.ts";

/** The chat's parts and how they are connected. Who asks what of them is in create.ts. */
export class Wiring {
  readonly connection: Connection;
  readonly identity: Identity;
  readonly publisher: Publisher;
  readonly outbox: Outbox;
  readonly visit: Visit;
  readonly channels: Channels;
  readonly reading: Reading;
  readonly delivery: Delivery;
  readonly session: Session;
  private readonly queue: Queue;
  private readonly stopHiding: () => void;

  constructor(private readonly deps: ChatDeps) {
    const { connection: environment, fillRandom, tabs, page, schedule } = deps;
    const { clock } = environment;
    const unkept = () => this.publisher.set({ storageFailed: true });
    const browser = new Kept(deps.local, unkept);
    this.connection = new Connection(environment);
    this.identity = new Identity(new Kept(deps.session, unkept), browser, tabs, fillRandom);
    this.queue = new Queue(deps.outbox, unkept, (channel, message) => this.overlaid(channel, message));
    this.outbox = new Outbox(() => this.visit.author, this.queue, clock, fillRandom);
    this.publisher = new Publisher(schedule, this.outbox);
    this.visit = new Visit({
      clock,
      browser,
      outboxStore: deps.outbox,
      tabs,
      channels: () => this.channels,
      queue: this.queue,
      publisher: this.publisher,
      flush: () => this.delivery.flush(),
      unkept,
    });
    this.channels = this.makeChannels();
    this.reading = new Reading(page, tabs, this.visit, this.publisher, this.channels);
    this.delivery = this.makeDelivery();
    this.session = this.makeSession();
    // After the session, which says who one is.
    this.connection.onWelcome.add((welcome) => this.welcomed(welcome));
    this.connection.onEvent.add((event) => this.channels.event(event));
    this.connection.onStatus.add((link) => {
      this.publisher.set({ link });
      this.publisher.flush();
    });
    this.stopHiding = page.onHide(() => this.visit.profile?.save());
  }

  ask<A extends Ask>(ask: A, done: (answer: Answer<A>) => void): void {
    this.connection.ask(ask, done);
  }

  dispose(): void {
    this.stopHiding();
    this.reading.dispose();
    this.visit.dispose();
    this.channels.clear();
    this.delivery.stop();
    this.connection.dispose();
    this.deps.tabs.close();
    this.deps.outbox.close();
  }

  private makeChannels(): Channels {
    return new Channels({
      clock: this.deps.connection.clock,
      ask: (ask, done) => this.ask(ask, done),
      rows: () => this.visit.rows,
      prepare: (channel) => this.visit.prepare(channel),
      placed: (channel) => this.visit.placed(channel),
      seen: (row) => this.visit.seen(row),
      arrived: (row, channel) => this.reading.arrived(row, channel),
      changed: (channel) => this.publisher.touch(channel),
      membersChanged: () => this.publisher.members(this.channels.all),
      left: (name) => this.left(name),
    });
  }

  private makeDelivery(): Delivery {
    const { clock, random } = this.deps.connection;
    return new Delivery(this.queue, new Pace(clock), {
      clock,
      random,
      online: () => this.connection.status.state === "online",
      ask: (change, done) => this.ask(change, done),
      acknowledged: (item, ack) => this.acknowledged(item, ack),
      join: (name, done) => this.channels.join(name, (joined) => done("error" in joined ? joined.error : null)),
    });
  }

  private makeSession(): Session {
    return new Session(this.connection, this.identity, {
      become: (me, id) => {
        this.visit.become(me, id);
        // At a welcome the channels are put in their places first.
        if (this.connection.status.state !== "online") this.reading.show(this.reading.open);
        this.publisher.flush();
      },
      known: () => this.channels.hello(this.publisher.store.getState().limits.channels),
      refused: () => this.visit.depart(),
    });
  }

  private welcomed(welcome: Welcome): void {
    const { text, rate, channels } = welcome.limits;
    this.outbox.longest = text;
    this.publisher.set({ limits: { text, rate, channels } });
    this.channels.welcome(welcome);
    this.reading.show(this.reading.open);
    this.channels.loader(this.reading.open)?.first(); // which may have failed before
    this.delivery.welcomed(rate);
    void this.visit.adopt();
  }

  /** Something is laid over a message, or no longer. */
  private overlaid(name: string, message: string): void {
    const channel = this.channels.get(name);
    if (!channel) return;
    channel.overlaid(message);
    this.publisher.touch(channel);
  }

  private left(name: string): void {
    for (const entry of [...this.queue.of(name)]) this.queue.remove(entry);
    this.visit.profile?.left(name);
    if (this.reading.open === name) this.reading.show(GENERAL);
  }

  /** What was asked for is in the log now; the row shows it without waiting for its event. */
  private acknowledged(item: Item, { seq, rev, at }: Ack): void {
    const channel = this.channels.get(item.channel);
    if (!channel) return;
    const base = channel.find(item.message);
    if (item.kind === "send") channel.settle({ id: item.message, seq, rev, user: item.user, text: item.text, at, mine: true });
    else if (base && base.rev < rev) {
      channel.know(item.kind === "edit" ? { ...base, rev, text: item.text, editedAt: at } : { ...base, rev, text: "", deleted: true });
    }
    this.publisher.touch(channel);
  }
}
